import styles from './Keys.module.css'
import { isApple, keysText } from './keys-text'

/** A shortcut, key by key. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className={styles.keys} dir="ltr">
      {keysText(keys, isApple()).map((name) => (
        <kbd key={name}>{name}</kbd>
      ))}
    </span>
  )
}
