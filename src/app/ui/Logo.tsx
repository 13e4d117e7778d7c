/** An alcove, and someone in it. */
export function Logo({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <path d="M4 29V15.5a12 12 0 0 1 24 0V29Z" fill="var(--accent)" />
      <path d="M9 29V15.5a7 7 0 0 1 14 0V29Z" fill="var(--paper)" />
      <circle cx="16" cy="24" r="3.5" fill="var(--accent)" />
    </svg>
  )
}
