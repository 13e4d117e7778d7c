import { expect, it } from 'vitest'
import { parseConfig } from '../../engine/model/config'
import { parameterCount } from '../../engine/model/weights'
import { builtInModels } from './models'

it('what is known of a model by heart agrees with what its config says', () => {
  const counts = builtInModels.flatMap(({ facts }) =>
    facts ? [[parameterCount(parseConfig(facts.config)), facts.parameterCount]] : [],
  )
  expect(counts).toEqual([
    [20_914_757_184, 20_914_757_184],
    [116_829_156_672, 116_829_156_672],
  ])
})
