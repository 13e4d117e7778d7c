/**
 * The config.json that OpenAI published with gpt-oss-20b and gpt-oss-120b, as far as it shapes the
 * computation: what these models need of a GPU is known by it without asking any server.
 */
export function openaiConfig({ layers, experts }: { layers: number; experts: number }) {
  return {
    architectures: ['GptOssForCausalLM'],
    model_type: 'gpt_oss',
    num_hidden_layers: layers,
    num_local_experts: experts,
    num_experts_per_tok: 4,
    hidden_size: 2880,
    intermediate_size: 2880,
    num_attention_heads: 64,
    num_key_value_heads: 8,
    head_dim: 64,
    vocab_size: 201_088,
    layer_types: Array.from({ length: layers }, (_, layer) =>
      layer % 2 === 0 ? 'sliding_attention' : 'full_attention',
    ),
    sliding_window: 128,
    max_position_embeddings: 131_072,
    initial_context_length: 4096,
    rope_theta: 150_000,
    rope_scaling: {
      rope_type: 'yarn',
      factor: 32,
      beta_fast: 32,
      beta_slow: 1,
      original_max_position_embeddings: 4096,
      truncate: false,
    },
    rms_norm_eps: 1e-5,
    swiglu_limit: 7,
    hidden_act: 'silu',
    attention_bias: true,
    tie_word_embeddings: false,
    quantization_config: {
      quant_method: 'mxfp4',
      modules_to_not_convert: [
        'model.layers.*.self_attn',
        'model.layers.*.mlp.router',
        'model.embed_tokens',
        'lm_head',
      ],
    },
  }
}
