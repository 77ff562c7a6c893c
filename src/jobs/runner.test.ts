import assert from 'node:assert/strict'
import { beforeEach, describe, it, mock } from 'node:test'
import { type Job, type JobRunner, startJobs } from './runner.ts'

/** Lets everything that is already decided happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('background jobs', () => {
  let errors: unknown[]
  let runs: number
  beforeEach(() => {
    errors = []
    runs = 0
  })

  const start = (job: Partial<Job>): JobRunner =>
    startJobs(
      [
        {
          name: 'job',
          everySeconds: 10,
          run: async () => {
            runs++
          },
          ...job,
        },
      ],
      (name, error) => errors.push([name, error]),
    )
  const inFakeTime = async (
    body: (pass: (seconds: number) => Promise<void>) => Promise<void>,
  ): Promise<void> => {
    mock.timers.enable({ apis: ['setInterval'] })
    try {
      await body(async (seconds) => {
        mock.timers.tick(seconds * 1000)
        await settle()
      })
    } finally {
      mock.timers.reset()
    }
  }

  it('run after each interval, or at once as well', () =>
    inFakeTime(async (pass) => {
      const late = start({})
      await pass(9.9)
      assert.equal(runs, 0)
      await pass(0.1)
      await pass(10)
      assert.equal(runs, 2)
      await late.stop()

      const early = start({ immediately: true })
      assert.equal(runs, 3)
      await early.stop()
    }))

  it('run once at a time: an interval that passes meanwhile is left out', () =>
    inFakeTime(async (pass) => {
      let finish = (): void => undefined
      const runner = start({
        run: () => {
          runs++
          return new Promise((resolve) => {
            finish = resolve
          })
        },
      })
      await pass(10)
      await pass(10)
      await pass(10)
      assert.equal(runs, 1)
      finish()
      await settle()
      assert.equal(runs, 1)
      await pass(10)
      assert.equal(runs, 2)
      finish()
      await runner.stop()
    }))

  it('report what fails, with its name, and run again all the same', () =>
    inFakeTime(async (pass) => {
      const broken = new Error('broken')
      const runner = start({
        run: async () => {
          runs++
          throw broken
        },
      })
      await pass(10)
      await pass(10)
      assert.equal(runs, 2)
      assert.deepEqual(errors, [
        ['job', broken],
        ['job', broken],
      ])
      await runner.stop()
    }))

  it('stop: nothing starts any more, and what runs is waited for', () =>
    inFakeTime(async (pass) => {
      let finish = (): void => undefined
      const runner = start({
        immediately: true,
        run: () => {
          runs++
          return new Promise((resolve) => {
            finish = resolve
          })
        },
      })
      let stopped = false
      const stopping = runner.stop().then(() => {
        stopped = true
      })
      await pass(30)
      assert.deepEqual([runs, stopped], [1, false])
      finish()
      await stopping
      await pass(30)
      assert.equal(runs, 1)
    }))

  it('wait at most as long as a timer can, instead of not at all', () =>
    inFakeTime(async (pass) => {
      const runner = start({ everySeconds: 365 * 86_400 })
      await pass(86_400)
      assert.equal(runs, 0)
      await pass(24 * 86_400)
      assert.equal(runs, 1)
      await runner.stop()
    }))
})
