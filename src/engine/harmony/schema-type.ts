/**
 * A function's JSON Schema as the TypeScript-like type that the model was trained to read (spec
 * section 7.4). Every oddity here, such as the unindented top level and descriptions of which only
 * the first line is a comment, is the format's.
 */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Deeper inside a union than inside an object, because variants follow a ` | `. */
const VARIANT_INDENT = '   '
const PROPERTY_INDENT = '    '

/** The type of `schema`; `indent` leads the lines after its first. */
export function schemaType(schema: unknown, indent = ''): string {
  if (!isSchema(schema)) return 'any'
  const { oneOf, type } = schema
  if (Array.isArray(oneOf)) {
    return oneOf
      .map((variant) => `\n${indent} | ${variantType(variant, indent)}${variantNote(variant)}`)
      .join('')
  }
  if (Array.isArray(type)) return unionOfNames(type)
  switch (type) {
    case 'object':
      return objectType(schema, indent)
    case 'string':
      return enumType(schema) ?? 'string'
    case 'number':
    case 'integer':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'array':
      return schema.items === undefined ? 'Array<any>' : `${schemaType(schema.items, indent)}[]`
    default:
      return 'any'
  }
}

function objectType(schema: JsonSchema, indent: string): string {
  const properties = isSchema(schema.properties) ? schema.properties : {}
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  const heading = isString(schema.description) ? `${indent}// ${schema.description}\n` : ''
  const lines = Object.entries(properties).map(([key, property]) =>
    propertyLines(required.has(key) ? key : `${key}?`, property, indent),
  )
  return `${heading}{\n${lines.join('')}${indent}}`
}

/** The lines of one property, each ended by a newline. */
function propertyLines(key: string, property: unknown, indent: string): string {
  const schema = isSchema(property) ? property : {}
  const lines: string[] = []
  if (isString(schema.title)) lines.push(`// ${schema.title}`, '//')
  if (schema.oneOf === undefined && isString(schema.description)) {
    lines.push(`// ${schema.description}`)
  }
  if (Array.isArray(schema.examples) && schema.examples.length > 0) {
    lines.push('// Examples:')
    for (const example of schema.examples) if (isString(example)) lines.push(`// - "${example}"`)
  }
  if (Array.isArray(schema.oneOf)) {
    lines.push(...unionPropertyLines(key, schema, schema.oneOf, indent))
  } else {
    const type = orNull(schema, schemaType(schema, indent + PROPERTY_INDENT))
    const note = schema.oneOf === undefined ? defaultNote(schema) : undefined
    lines.push(`${key}: ${type},${comment(note)}`)
  }
  return lines.map((line) => `${indent}${line}\n`).join('')
}

/** A property that is one of several variants, each on a line of its own. */
function unionPropertyLines(
  key: string,
  schema: JsonSchema,
  variants: readonly unknown[],
  indent: string,
): string[] {
  const lines: string[] = []
  const { description } = schema
  const first = variants[0]
  const isDescribed =
    isString(description) && !(isSchema(first) && first.description === description)
  if (isDescribed) lines.push(`// ${description}`)
  const note = defaultNote(schema)
  if (note !== undefined) lines.push(`// ${note}`)
  lines.push(`${key}:`)
  for (const [index, variant] of variants.entries()) {
    const own = isSchema(variant) ? variant.description : undefined
    const isSaid = (index === 0 && isDescribed) || own === description
    const note = isSchema(variant) ? defaultNote(variant) : undefined
    lines.push(` | ${variantType(variant, indent)}${comment(isSaid ? undefined : own, note)}`)
  }
  lines.push(',')
  return lines
}

function variantType(variant: unknown, indent: string): string {
  return orNull(variant, schemaType(variant, indent + VARIANT_INDENT))
}

/** The comment behind a variant of a union that is a whole type. */
function variantNote(variant: unknown): string {
  if (!isSchema(variant)) return ''
  // Here, unlike in properties, the default of an enumeration keeps its quotes.
  const note =
    isString(variant.default) && isEnumeration(variant)
      ? `default: ${JSON.stringify(variant.default)}`
      : defaultNote(variant)
  return comment(variant.description, note)
}

/** Those of `parts` that are text, as a comment behind a type. */
function comment(...parts: readonly unknown[]): string {
  const texts = parts.filter(isString)
  return texts.length === 0 ? '' : ` // ${texts.join(' ')}`
}

/** `default: …`; undefined without a default. */
function defaultNote(schema: JsonSchema): string | undefined {
  const value = schema.default
  if (value === undefined) return undefined
  if (!isString(value)) return `default: ${JSON.stringify(value)}`
  return isEnumeration(schema) ? `default: ${value}` : `default: "${value}"`
}

function isEnumeration(schema: JsonSchema): boolean {
  return Array.isArray(schema.enum) && schema.enum.length > 0
}

function unionOfNames(types: readonly unknown[]): string {
  const names = types.filter(isString).map((name) => (name === 'integer' ? 'number' : name))
  return names.length === 0 ? 'any' : names.join(' | ')
}

function enumType(schema: JsonSchema): string | undefined {
  const values = Array.isArray(schema.enum) ? schema.enum.filter(isString) : []
  return values.length === 0 ? undefined : values.map((value) => `"${value}"`).join(' | ')
}

function orNull(schema: unknown, type: string): string {
  const isNullable = isSchema(schema) && schema.nullable === true && !type.includes('null')
  return isNullable ? `${type} | null` : type
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
