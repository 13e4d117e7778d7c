import { type DragEvent, useRef, useState } from 'react'

/** Makes an element take files that are dragged over it. */
export function useDropTarget(onDrop: (transfer: DataTransfer) => void) {
  const [isOver, setOver] = useState(false)
  // Entering a child comes before leaving its parent, so that the two are counted.
  const depth = useRef(0)
  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer.types.includes('Files')

  return {
    isOver,
    handlers: {
      onDragEnter(event: DragEvent) {
        if (!hasFiles(event)) return
        depth.current++
        setOver(true)
      },
      onDragLeave(event: DragEvent) {
        if (!hasFiles(event)) return
        depth.current--
        if (depth.current === 0) setOver(false)
      },
      onDragOver(event: DragEvent) {
        if (hasFiles(event)) event.preventDefault()
      },
      onDrop(event: DragEvent) {
        if (!hasFiles(event)) return
        event.preventDefault()
        depth.current = 0
        setOver(false)
        onDrop(event.dataTransfer)
      },
    },
  }
}
