import { encode } from 'uqr'
import { t } from '../i18n/t'
import styles from './QrCode.module.css'

/** What a phone's camera reads as a link: black on white in both themes, with the margin that it needs. */
export function QrCode({ text }: { text: string }) {
  const { data, size } = encode(text, { ecc: 'L', boostEcc: true, border: 4 })
  const path = data.map((row, y) =>
    row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join(''),
  )
  return (
    <svg
      className={styles.code}
      role="img"
      aria-label={t('QR code of the link')}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path.join('')} fill="#000" />
    </svg>
  )
}
