import { type EngineErrorData, errorData } from '../engine/errors'
import { RemoteError, type RemoteErrorData } from './remote/errors'

/** What can keep an answer from coming, wherever it is made. */
export type AnswerErrorData = EngineErrorData | RemoteErrorData

/** The data of anything thrown on the way to an answer. */
export const answerErrorData = (thrown: unknown): AnswerErrorData =>
  thrown instanceof RemoteError ? thrown.data : errorData(thrown)
