import { execFileSync } from 'node:child_process'

/**
 * The commit of the working tree, with a `+` where the tree differs from it.
 *
 * @returns {string} `unknown` where there is no repository
 */
export function commit() {
  const git = (...args) => execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim()
  try {
    const changed = git('status', '--porcelain', '--', 'src', 'shaders', 'bench')
    return git('rev-parse', '--short', 'HEAD') + (changed ? '+' : '')
  } catch {
    return 'unknown'
  }
}
