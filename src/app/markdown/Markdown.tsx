import type { MarkedToken, Token, Tokens } from 'marked'
import { Fragment, memo, type ReactNode, useRef } from 'react'
import { t } from '../i18n/t'
import { isSealed } from '../network/policy'
import { type Block, BlockReader } from './blocks'
import { CodeBlock } from './CodeBlock'
import styles from './Markdown.module.css'
import { MathFormula } from './MathFormula'
import type { MathToken } from './math-syntax'
import { PlainOnError } from './PlainOnError'
import { decodeEntities, namesTarget, safeAddress, targetOf } from './text'

interface MarkdownProps {
  children: string
  /** True while text is still to come. */
  live?: boolean
  className?: string | undefined
}

/**
 * Markdown as models write it, with GitHub's tables, code and formulas. HTML is shown as the text
 * that it is, and images as links: nothing in a message can run or fetch anything.
 */
export function Markdown({ children, live = false, className }: MarkdownProps) {
  return (
    <div className={[styles.markdown, className].filter(Boolean).join(' ')}>
      <PlainOnError text={children}>
        <Blocks text={children} live={live} />
      </PlainOnError>
    </div>
  )
}

function Blocks({ text, live }: { text: string; live: boolean }) {
  const reader = useRef<BlockReader>(null)
  reader.current ??= new BlockReader()
  return reader.current.read(text, live).map((block, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: blocks are only ever added at the end
    <BlockView key={index} block={block} />
  ))
}

/** A token draws the last block anew and no other. */
const BlockView = memo(
  function BlockView({ block }: { block: Block }) {
    return <BlockToken token={block.token} />
  },
  (before, after) => before.block.raw === after.block.raw,
)

const headings = ['h3', 'h4', 'h5', 'h6', 'h6', 'h6'] as const

function BlockToken({ token: generic }: { token: Token }): ReactNode {
  if (generic.type === 'math') return <MathFormula {...(generic as MathToken)} />
  const token = generic as MarkedToken
  switch (token.type) {
    case 'paragraph':
      return (
        <p dir="auto">
          <Inline tokens={token.tokens} />
        </p>
      )
    case 'heading': {
      const Heading = headings[token.depth - 1] ?? 'h6'
      return (
        <Heading dir="auto" data-depth={token.depth}>
          <Inline tokens={token.tokens} />
        </Heading>
      )
    }
    case 'list':
      return <List list={token} />
    case 'blockquote':
      return (
        <blockquote dir="auto">
          <BlockTokens tokens={token.tokens} />
        </blockquote>
      )
    case 'code':
      return <CodeBlock code={token.text} language={token.lang?.split(/\s/, 1)[0] ?? ''} />
    case 'table':
      return <Table table={token} />
    case 'hr':
      return <hr />
    case 'html':
      return <p dir="auto">{token.raw.trim()}</p>
    case 'text':
      return <Inline tokens={token.tokens ?? [token]} />
    default:
      return null
  }
}

function BlockTokens({ tokens }: { tokens: readonly Token[] | undefined }) {
  return tokens?.map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the tokens of one text keep their places
    <BlockToken key={index} token={token} />
  ))
}

function List({ list }: { list: Tokens.List }) {
  const items = list.items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the items of one list keep their places
    <li key={index} className={item.task ? styles.task : undefined}>
      {item.task && (
        <input
          type="checkbox"
          aria-label={item.checked ? t('Done') : t('To do')}
          checked={item.checked === true}
          disabled
          readOnly
        />
      )}
      <BlockTokens tokens={item.tokens.filter(({ type }) => type !== 'checkbox')} />
    </li>
  ))
  // The whole list has one direction, so that its marks stand where there is room for them.
  return list.ordered ? (
    <ol dir="auto" start={Number(list.start) || 1}>
      {items}
    </ol>
  ) : (
    <ul dir="auto">{items}</ul>
  )
}

function Table({ table }: { table: Tokens.Table }) {
  const cell = ({ tokens, align }: Tokens.TableCell, index: number, Cell: 'th' | 'td') => (
    <Cell key={index} style={{ textAlign: align ?? undefined }}>
      <Inline tokens={tokens} />
    </Cell>
  )
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <div className={styles.table} role="group" dir="auto" aria-label={t('Table')} tabIndex={0}>
      <table>
        <thead>
          <tr>{table.header.map((header, index) => cell(header, index, 'th'))}</tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows of one table keep their places
            <tr key={index}>{row.map((data, index) => cell(data, index, 'td'))}</tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Inline({ tokens }: { tokens: readonly Token[] | undefined }) {
  return tokens?.map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the tokens of one text keep their places
    <Fragment key={index}>{inline(token)}</Fragment>
  ))
}

function inline(generic: Token): ReactNode {
  if (generic.type === 'math') return <MathFormula {...(generic as MathToken)} />
  const token = generic as MarkedToken
  switch (token.type) {
    case 'strong':
      return (
        <strong>
          <Inline tokens={token.tokens} />
        </strong>
      )
    case 'em':
      return (
        <em>
          <Inline tokens={token.tokens} />
        </em>
      )
    case 'del':
      return (
        <del>
          <Inline tokens={token.tokens} />
        </del>
      )
    case 'codespan':
      return <code className={styles.code}>{token.text}</code>
    case 'br':
      return <br />
    case 'link':
      return (
        <Link address={token.href} text={token.text}>
          <Inline tokens={token.tokens} />
        </Link>
      )
    case 'image':
      return (
        <Link address={token.href} text={token.text}>
          {token.text || 'Image'}
        </Link>
      )
    case 'html':
      // The one tag that models write within the cells of tables.
      return /^<br\s*\/?>$/i.test(token.raw) ? <br /> : token.raw
    case 'text':
      return token.tokens ? <Inline tokens={token.tokens} /> : decodeEntities(token.text)
    case 'escape':
      return token.text
    default:
      return token.raw
  }
}

interface LinkProps {
  address: string
  /** What the link says, in plain text. */
  text: string
  children: ReactNode
}

/**
 * A link that says where it leads, whatever its text says; what turns letters round in it ends with
 * it. In a sealed page it cannot be followed.
 */
function Link({ address, text, children }: LinkProps) {
  const href = safeAddress(address)
  if (href === undefined) return children
  const content = (
    <>
      <bdi>{children}</bdi>
      {!namesTarget(text, href) && (
        <bdi className={styles.host} dir="ltr">
          {targetOf(href)}
        </bdi>
      )}
    </>
  )
  if (isSealed) return <span title={href}>{content}</span>
  return (
    <a href={href} title={href} target="_blank" rel="noopener noreferrer">
      {content}
    </a>
  )
}
