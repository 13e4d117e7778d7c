import { SquarePen } from 'lucide-react'
import styles from './Header.module.css'
import { ModelStatus } from './model/ModelStatus'
import { useChat } from './stores/context'
import { Button } from './ui/Button'
import { Logo } from './ui/Logo'

export function Header() {
  const newChat = useChat((state) => state.newChat)
  return (
    <header className={styles.header}>
      <div className={styles.brand}>
        <Logo size={24} />
        <h1 className={styles.name}>Alcove</h1>
      </div>
      <ModelStatus />
      <Button look="plain" className={styles.newChat} aria-label="New chat" onClick={newChat}>
        <SquarePen size={18} aria-hidden />
        <span className={styles.label}>New chat</span>
      </Button>
    </header>
  )
}
