import SeqaeRandom
import SeqaeTensors
import TestSupport

extension OpTable {
  /// Operations that take several layers at once.
  static let blocks: [OpCase] = packedAttentions + feedForwards

  private static let packedAttentions: [OpCase] =
    ([
      // batch, heads, queries, keys, width of a head, mask
      (1, 1, 1, 1, 1, .none), (0, 2, 5, 5, 4, .none), (2, 2, 5, 5, 4, .causal),
      (3, 2, 7, 7, 4, .padding([7, 0, 1])), (2, 3, 33, 33, 64, .causalPadding([20, 33])),
      (2, 2, 17, 40, 24, .padding([40, 3])), (4, 4, 70, 70, 32, .causal),
    ] as [(Int, Int, Int, Int, Int, AttentionMask)]).flatMap { b, h, t, s, e, mask in
      let tolerance = b * h * t * s > 10_000 ? long : short
      return [
        OpCase("crossAttention \(mask)", [[b, t, h * e], [b, s, 2 * h * e]], tolerance) {
          crossAttention($0[0], $0[1], heads: h, mask: mask, dropout: 0, .inference)
        },
        OpCase("selfAttention \(mask) with dropout", [[b, t, 3 * h * e]], tolerance) {
          selfAttention(
            $0[0], heads: h, mask: t == s ? mask : .none, dropout: 0.2,
            .training(Random(seed: 23)))
        },
      ]
    }

  private static let feedForwards: [OpCase] =
    ([
      // inputs, width within, results
      ([4], 3, 5), ([0, 4], 3, 5), ([1, 1], 1, 1), ([2, 3, 5], 7, 5), ([130, 33], 65, 40),
    ] as [(Shape, Int, Int)]).flatMap { shape, inner, outputs in
      let shapes: [Shape] = [shape, [inner, shape[-1]], [inner], [outputs, inner], [outputs]]
      return [Activation.identity, .gelu, .relu, .silu].map { activation in
        OpCase("feedForward \(activation)", shapes, shape.count > 1000 ? long : short) {
          feedForward($0[0], ($0[1], $0[2]), activation, ($0[3], $0[4]))
        }
      }
    }
}
