/** The program: reads the environment and runs the command it was called with. */
import { readEnvironment } from './cli/environment.ts'
import { createProgram } from './cli/program.ts'

const environment = readEnvironment(process.cwd(), process.env)
const program = await createProgram({ environment }, process.argv[2])
await program.parseAsync(process.argv)
