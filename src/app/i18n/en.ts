/** English is in the code; what stands here are its plural forms, by the text that `t` is given. */
export const en: Readonly<Record<string, string>> = {
  '{{count}} chats_one': '{{count}} chat',
  '{{count}} chats_other': '{{count}} chats',
  '{{count}} messages_one': '{{count}} message',
  '{{count}} messages_other': '{{count}} messages',
  '{{count}} personas and templates_one': '{{count}} persona or template',
  '{{count}} personas and templates_other': '{{count}} personas and templates',
  'Connected. {{count}} models._one': 'Connected. {{count}} model.',
  'Connected. {{count}} models._other': 'Connected. {{count}} models.',
  '{{count}} stop strings_one': '{{count}} stop string',
  '{{count}} stop strings_other': '{{count}} stop strings',
  '{{count}} templates_one': '{{count}} template',
  '{{count}} templates_other': '{{count}} templates',
  '{{count}} tokens_one': '{{count}} token',
  '{{count}} tokens_other': '{{count}} tokens',
  '{{count}} chats found_one': '{{count}} chat found',
  '{{count}} chats found_other': '{{count}} chats found',
  '{{count}} pieces are damaged_one': 'One piece is damaged',
  '{{count}} pieces are damaged_other': '{{count}} pieces are damaged',
  'and {{count}} more_one': 'and {{count}} more',
  'and {{count}} more_other': 'and {{count}} more',
  'This leaves out the {{count}} oldest messages and frees {{tokens}} tokens._one':
    'This leaves out the oldest message and frees {{tokens}} tokens.',
  'This leaves out the {{count}} oldest messages and frees {{tokens}} tokens._other':
    'This leaves out the {{count}} oldest messages and frees {{tokens}} tokens.',
  'No longer seen by the model: {{count}} messages above, {{tokens}} tokens freed_one':
    'No longer seen by the model: {{count}} message above, {{tokens}} tokens freed',
  'No longer seen by the model: {{count}} messages above, {{tokens}} tokens freed_other':
    'No longer seen by the model: {{count}} messages above, {{tokens}} tokens freed',
  'at most {{count}} tokens_one': 'at most {{count}} token',
  'at most {{count}} tokens_other': 'at most {{count}} tokens',
  '{{count}} files were not attached_one': '{{count}} file was not attached',
  '{{count}} files were not attached_other': '{{count}} files were not attached',
  'Identical: {{count}} tokens are the same_one': 'Identical: its one token is the same',
  'Identical: {{count}} tokens are the same_other': 'Identical: all {{count}} tokens are the same',
  'what it takes to replay {{count}} answers_one': 'what it takes to replay {{count}} answer',
  'what it takes to replay {{count}} answers_other': 'what it takes to replay {{count}} answers',
}
