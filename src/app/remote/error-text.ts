import type { ErrorText } from '../error-text'
import { t } from '../i18n/t'
import type { MalformedProblem, RemoteErrorData } from './errors'

/** A server's error as sentences. What the server says is quoted, as the plain text that it is. */
export function remoteErrorText(error: RemoteErrorData): ErrorText {
  switch (error.code) {
    case 'remote-unreachable':
      return {
        happened: t('No answer from {{host}} that this page may read.', { host: error.host }),
        remedy: [
          t('Check its address, and that it runs. If so, start it in a way that allows this page:'),
          `Ollama: OLLAMA_ORIGINS=${error.pageOrigin} ollama serve`,
          `vLLM: --allowed-origins '["${error.pageOrigin}"]'`,
          `llama-server: --cors-origins ${error.pageOrigin}`,
          t('If your browser asks whether this page may reach devices on your network, allow it.'),
        ].join('\n'),
      }
    case 'remote-mixed-content':
      return {
        happened: t(
          'This page came by https, and {{host}} is asked without: the browser may have refused that.',
          {
            host: error.host,
          },
        ),
        remedy: t(
          'Put an https address before the server, run it on this computer and call it localhost, or open this app by http. Check also that the server runs and allows this page.',
        ),
      }
    case 'remote-unauthorized':
      return {
        happened: withMessage(
          error.hasKey
            ? t('{{host}} does not accept the key ({{status}}).', {
                host: error.host,
                status: error.status,
              })
            : t('{{host}} wants a key ({{status}}).', { host: error.host, status: error.status }),
          error.message,
        ),
        remedy: t('Enter the right key under Your own servers on the Models page, then try again.'),
      }
    case 'remote-not-found':
      return {
        happened: withMessage(
          t('{{host}} knows no {{url}}, or no model {{model}}.', {
            host: error.host,
            url: error.url,
            model: error.model,
          }),
          error.message,
        ),
        remedy: t(
          'Check the address and the model under Your own servers on the Models page: Test connection lists the models.',
        ),
      }
    case 'remote-overloaded':
      return {
        happened: withMessage(
          t('{{host}} has too much to do, or you have reached its limit (429).', {
            host: error.host,
          }),
          error.message,
        ),
        remedy: t('Try again in a while.'),
      }
    case 'remote-status':
      return {
        happened: withMessage(
          t('{{host}} answered {{status}}.', { host: error.host, status: error.status }),
          error.message,
        ),
        remedy:
          error.status >= 500
            ? t('The server has a problem: look at its log, then try again.')
            : t('The server did not accept the request: look at its settings, then try again.'),
      }
    case 'remote-failed':
      return {
        happened: withMessage(
          t('{{host}} gave up on this answer.', { host: error.host }),
          error.message,
        ),
        remedy: t(
          'What it wrote so far is kept. Look whether the server still runs, then try again.',
        ),
      }
    case 'remote-stalled':
      return {
        happened: t('{{host}} has been silent for {{seconds}} seconds.', {
          host: error.host,
          seconds: error.silentMs / 1000,
        }),
        remedy: t(
          'What it wrote so far is kept. Look whether the server still runs, then try again.',
        ),
      }
    case 'remote-malformed':
      return {
        happened: withMessage(malformedText(error.problem, error.host), error.excerpt),
        remedy: t('Check that its address is that of an OpenAI-compatible API.'),
      }
    case 'remote-cut-off':
      return {
        happened: t('The connection to {{host}} ended before its answer did.', {
          host: error.host,
        }),
        remedy: t(
          'What it wrote so far is kept. Look whether the server still runs, then try again.',
        ),
      }
    case 'remote-missing':
      return {
        happened: t(
          'This chat was with “{{name}}”, which is not among the servers of this browser.',
          {
            name: error.name,
          },
        ),
        remedy: t('Choose a model or another server at the top of the page, then try again.'),
      }
  }
}

function malformedText(problem: MalformedProblem, host: string): string {
  switch (problem) {
    case 'web-page':
      return t('{{host}} answered with a web page.', { host })
    case 'not-protocol':
      return t('{{host}} wrote something that is not part of the protocol.', { host })
    case 'too-long':
      return t('{{host}} wrote more than any answer has.', { host })
  }
}

const withMessage = (text: string, message: string) =>
  message === '' ? text : `${text} ${t('It says: “{{message}}”', { message })}`
