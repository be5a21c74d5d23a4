namespace Graft.Tests.Unit.Coordinator;

/// <summary>A spec with every experiment and nearly every key.</summary>
internal static class StudySpec
{
    public const string Yaml = """
        name: study
        seed: 9
        seeds: [0, 3]
        trajectory: {M1: ./M1, M2: ./M2, M3: ./M3}
        finetune:
          given: {M3: ./M3-FT}
          recipe:
            data: {./a.jsonl: 1, ./b.jsonl: 0.5}
            template: tulu
            layout: packed_rows
            mask: completion
            reduction: sum
            steps: 20
            batch: 8
            micro_batch: 2
            length: 64
            add_bos: true
            every: 10
            schedule: {shape: cosine, peak: 1e-3, warmup: 2, final: 0.1, decay_steps: 40}
            optimizer: {beta2: 0.999, weight_decay: 0.1, exempt_embeddings: true}
            dtype: {checkpoint: bf16}
            memory: small
            lora: {rank: 4, targets: ["*.q_proj.weight"]}
            z_loss: 1e-4
            seed: 500
        vectors:
          SFT: {fine_tuned: ./sft, pretrained: ./main}
          OWN: {fine_tuned: ./own, pretrained: ./M1}
        tasks:
          gsm:
            data: ./gsm.jsonl
            few_shot: ./shots.json
            metric: exact_match
            compute: bf16
            pt: {task: "gsm8k::olmes"}
            chat: {task: "gsm8k::tulu", add_bos: true, max_length: 4096, sampling: {temperature: 0.6, top_p: 0.9}}
          capitals:
            described: {prompt: "Country: {country}\nCapital:", generate: {answer: capital, stop: ["\n"]}}
            data: ./capitals.jsonl
            metric: exact_match
        experiments:
          merge: {config_from: base}
          matrix: {direction: forward, scales: {from: 0.5, to: 1, step: 0.5}, vector_steps: [10, last]}
          continual: {cells: [M2+M1, M3+SFT], seed: 700}
          recurrent: {seed: 701}
          one_step:
          control: {seed: 800}
          interpolation: {cells: [M2+M1, M3+M2], points: [0, 0.25, 1, 1.5]}
          soup:
            mean: {base: M3, vectors: [M1, {vector: M2, step: 10, scale: 3}], method: mean}
            ties: {base: M1, vectors: [M3, SFT], method: ties, density: 0.2, lambda: 0.7}
            dare: {base: M2, vectors: [{vector: M1, scale: 0.5}], method: dare, drop: 0.9, seed: 4}
          compare: {vectors: [M1, M2, SFT]}
        """;
}
