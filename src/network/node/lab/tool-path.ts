/** Where the programs of a lab are looked for: people who are not root often lack the folders of the system's own. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin']

/** PATH with the system's folders behind it. */
export function toolPath(path = process.env.PATH ?? ''): string {
  const folders = path.split(delimiter).filter(folder => folder !== '')
  return [...folders, ...SYSTEM_FOLDERS.filter(folder => !folders.includes(folder))].join(delimiter)
}

export function findProgram(name: string, path = toolPath()): string | undefined {
  return path
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
