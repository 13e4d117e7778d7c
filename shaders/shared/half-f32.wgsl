// Element type of the key/value cache on devices without shader-f16. half-f16.wgsl is the other choice.
alias half = f32;
alias half4 = vec4f;
