import { useStores } from '../stores/context'
import { type Command, commandsOf } from './commands'
import { Keys } from './Keys'
import styles from './ShortcutsList.module.css'

/** Every shortcut, whether there is anything for it to do now or not. */
export function ShortcutsList() {
  const commands = commandsOf(useStores()).filter(
    (command): command is Command & { keys: readonly [string, ...string[]] } =>
      command.keys !== undefined,
  )
  return (
    <dl className={styles.list}>
      {commands.map(({ id, text, keys: [keys] }) => (
        <div key={id}>
          <dt>{text}</dt>
          <dd>
            <Keys keys={keys} />
          </dd>
        </div>
      ))}
    </dl>
  )
}
