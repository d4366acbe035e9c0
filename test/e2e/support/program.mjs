/**
 * A program that is killed: runs one verb of the built package against a grid and kills itself, with SIGKILL, at the
 * n-th message its host hears. PROGRAM = {options, verb, argument, killAt}; without killAt it prints how many there were.
 */
import { GridClient } from '../../../dist/index.js'

const { options, verb, argument, killAt } = JSON.parse(process.env.PROGRAM)
let heard = 0
const codes = []
const host = {
  notify: message => {
    if (message.code === 'CLIENT_CONNECTED') return
    codes.push(message.code)
    if (++heard === killAt) process.kill(process.pid, 'SIGKILL')
  },
}
const client = new GridClient({ ...options, host })
await client.machines[verb](argument)
await client.disconnect()
process.stdout.write(`${JSON.stringify({ codes })}\n`)
