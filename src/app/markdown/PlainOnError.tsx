import { Component, type ReactNode } from 'react'
import styles from './Markdown.module.css'

interface PlainOnErrorProps {
  text: string
  children: ReactNode
}

interface PlainOnErrorState {
  /** What is drawn, or was tried to. */
  text: string
  hasFailed: boolean
}

/** Shows a message as it was written where drawing it fails, so that it takes nothing else away. */
export class PlainOnError extends Component<PlainOnErrorProps, PlainOnErrorState> {
  override state: PlainOnErrorState = { text: this.props.text, hasFailed: false }

  static getDerivedStateFromError = () => ({ hasFailed: true })

  /** Another text is tried anew. */
  static getDerivedStateFromProps({ text }: PlainOnErrorProps, state: PlainOnErrorState) {
    return text === state.text ? null : { text, hasFailed: false }
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children
    return (
      <div className={styles.plain} dir="auto">
        {this.props.text}
      </div>
    )
  }
}
