// Element type of the key/value cache on devices with shader-f16. half-f32.wgsl is the other choice.
alias half = f16;
alias half4 = vec4<f16>;
