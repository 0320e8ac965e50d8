// One of the two production processes: answers HTTP. Any number of them may run against one database.
import { startProcess } from './start-process.ts'

await startProcess('api')
