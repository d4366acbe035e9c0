/** Session 11's validators: who may author blocks, set prices and trigger what workers do. */
import { accountId } from '../runtime/primitives.js'
import { vec } from '../scale/composed.js'
import { u32 } from '../scale/primitives.js'
import { storageOf } from '../state/item.js'

export const sessionStorage = storageOf('Session')
export const authorities = sessionStorage.value('Validators', [], vec(accountId), () => [])
export const currentIndex = sessionStorage.value('CurrentIndex', [], u32, () => 0)
