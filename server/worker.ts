// One of the two production processes: works off jobs, mails and what is due. Any number of them may run.
import { startProcess } from './start-process.ts'

await startProcess('worker')
