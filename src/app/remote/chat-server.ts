import type { ChatRequest, SamplingOptions } from '../../engine/index'
import type { EndpointReference } from '../conversations/conversation'
import type { RemoteChunk, RemoteClient } from './client'
import { type Endpoint, hostOf } from './endpoint'
import { RemoteError } from './errors'

/** What writes an answer: the engine, or a server in its place. */
export interface Answerer {
  chat(request: ChatRequest, options?: { signal?: AbortSignal }): AsyncIterable<RemoteChunk>
}

/** A server as a conversation asks it. */
export interface ChatServer extends Answerer {
  host: string
  model: string
  sampling: SamplingOptions
}

/** What a server is asked with, whose makers' recommendation nobody here knows: no change at all. */
export const serverSampling: SamplingOptions = { temperature: 1, top_p: 1 }

/** @param reference names the server, which may have been removed: it then fails to answer */
export function chatServer(
  reference: EndpointReference,
  endpoints: readonly Endpoint[],
  client: Pick<RemoteClient, 'chat'>,
): ChatServer {
  const endpoint = endpoints.find(({ id }) => id === reference.id)
  if (endpoint === undefined)
    return {
      host: reference.name,
      model: '',
      sampling: serverSampling,
      // biome-ignore lint/correctness/useYield: it never comes to an answer
      async *chat() {
        throw new RemoteError({ code: 'remote-missing', name: reference.name })
      },
    }
  return {
    host: hostOf(endpoint),
    model: endpoint.model,
    sampling: serverSampling,
    chat: (request, options) => client.chat(endpoint, request, options),
  }
}
