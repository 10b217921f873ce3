import SeqaeRandom
import SeqaeTensors
import TestSupport

extension OpTable {
  /// Attention with a bias, or with another scale.
  static let biasedAttentions: [OpCase] =
    ([
      // batch, heads, queries, keys, width, mask, bias
      (1, 1, 1, 1, 1, .none, [1, 1, 1]), (2, 2, 5, 7, 4, .none, [2, 5, 7]),
      (0, 2, 5, 7, 4, .none, [2, 5, 7]), (2, 2, 0, 7, 4, .none, [2, 0, 7]),
      (2, 2, 5, 5, 4, .causal, [1, 2, 5, 5]), (2, 2, 5, 7, 4, .causal, [2, 2, 5, 7]),
      (3, 2, 5, 7, 4, .padding([7, 0, 1]), [1, 2, 5, 7]),
      (2, 3, 33, 33, 64, .causalPadding([20, 33]), [3, 33, 33]),
      (2, 3, 33, 40, 17, .padding([40, 3]), [1, 1, 33, 40]),
      (4, 4, 65, 70, 32, .padding([70, 1, 64, 33]), [1, 4, 65, 70]),
    ] as [(Int, Int, Int, Int, Int, AttentionMask, Shape)]).flatMap { b, h, t, s, e, mask, bias in
      let shapes: [Shape] = [[b, h, t, e], [b, h, s, e], [b, h, s, e]]
      let tolerance = b * h * t * s > 5_000 ? long : short
      return [
        OpCase("attention with bias \(mask)", shapes + [bias], tolerance) {
          attention($0[0], $0[1], $0[2], bias: $0[3], mask: mask, dropout: 0, .inference)
        },
        OpCase("attention with bias \(mask) and dropout", shapes + [bias], tolerance) {
          attention(
            $0[0], $0[1], $0[2], bias: $0[3], scale: 0.3, mask: mask, dropout: 0.2,
            .training(Random(seed: 23)))
        },
        OpCase("attention with scale \(mask)", shapes, tolerance) {
          attention($0[0], $0[1], $0[2], scale: 0.3, mask: mask, dropout: 0, .inference)
        },
      ]
    }
}
