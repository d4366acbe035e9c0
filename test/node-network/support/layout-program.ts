/**
 * The stages of a layout in a process of its own, for users whom jest cannot be: scenario and an empty folder are its
 * arguments, what it prints is sentence and failure of every stage, as JSON.
 */
import { findScenario } from '../../../src/network/node/lab/scenarios/index.js'
import { LAYOUT_STAGES } from './layout-stages.js'
import { startRig } from './node-rig.js'
import { tryStages } from './stages.js'

const [, , scenario = '', folder = ''] = process.argv
tryStages(() => startRig(findScenario(scenario), { folder, userNamespace: true }), LAYOUT_STAGES).then(
  outcomes => {
    process.stdout.write(JSON.stringify([...outcomes].map(([sentence, error]) => [sentence, error?.message])))
  },
  error => {
    process.stderr.write(`${error?.stack ?? error}\n`)
    process.exitCode = 1
  },
)
