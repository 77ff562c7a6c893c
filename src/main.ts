/** The program: reads the environment, runs the command it was called with, and says how it ended. */
import { readEnvironment } from './cli/environment.ts'
import { createProgram } from './cli/program.ts'

const program = createProgram({ environment: readEnvironment(process.cwd(), process.env) })
await program.parseAsync(process.argv)
