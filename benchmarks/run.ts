// `npm run bench`: every claim about speed, measured one after the other and printed as ratios. `--write` keeps the table.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { machineInWords, type Row } from './ground.ts'

const names = ['holds', 'event-reads', 'purchases', 'free-orders', 'end-to-end']
const rows: Row[] = []
for (const name of names) {
  const { run } = (await import(`./${name}.ts`)) as { run(): Promise<Row[]> }
  for (const row of await run()) {
    rows.push(row)
    process.stdout.write(`${row.what}: ${row.figure}; ${row.yardstick}; ${row.ratio} (${row.target})\n`)
  }
}
const table = [
  '# Results',
  '',
  `Measured by \`npm run bench\` on ${machineInWords()}: PostgreSQL with durable commits, the server and the load generator all on these cores. The ratio is what counts; both sides of it come from the same run.`,
  '',
  '| what | figure | yardstick | ratio | target |',
  '| --- | --- | --- | --- | --- |',
  ...rows.map((row) => `| ${row.what} | ${row.figure} | ${row.yardstick} | ${row.ratio} | ${row.target} |`),
  '',
].join('\n')
if (process.argv.includes('--write')) await writeFile(join(import.meta.dirname, 'results.md'), table)
