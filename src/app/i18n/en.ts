/** English is in the code; what stands here are its plural forms, by the text that `t` is given. */
export const en: Readonly<Record<string, string>> = {
  '{{count}} tokens_one': '{{count}} token',
  '{{count}} tokens_other': '{{count}} tokens',
}
