import SeqaeTensors
import TestSupport

extension OpTable {
  /// Norms of channels, and by the root of the mean square.
  static let channelNorms: [OpCase] =
    ([
      ([1, 1], 1), ([5, 4], 2), ([0, 4], 2), ([2, 0], 1), ([2, 6, 1], 3), ([2, 4, 0], 2),
      ([2, 6, 3, 2], 1), ([2, 6, 3, 2], 6), ([3, 6, 17, 5], 2), ([40, 33], 3), ([5, 64, 33], 8),
      ([3, 40, 30, 31], 4),
    ] as [(Shape, Int)]).flatMap { x, groups in
      let gain: Shape = [x[1]]
      let tolerance = x.count > 1000 ? long : Tolerance(absolute: 1e-5, relative: 1e-5)
      return [
        OpCase("groupNorm of \(groups)", [x, gain, gain], tolerance) {
          groupNorm($0[0], groups: groups, gain: $0[1], bias: $0[2], epsilon: 1e-2)
        },
        OpCase("batchNorm", [(x, .normal), (gain, .normal), (gain, .normal)], tolerance) {
          let (y, mean, variance) = batchNorm($0[0], gain: $0[1], bias: $0[2], epsilon: 1e-2)
          return x.count == 0 ? [y] : [y, y * 0 + (mean + variance).sum()]
        },
        OpCase(
          "batchNorm, statistics known",
          [(x, .normal), (gain, .normal), (gain, .normal)], tolerance
        ) {
          let known = $0[1].detached()
          return [
            batchNorm(
              $0[0], gain: $0[1], bias: $0[2], mean: known, variance: known * known, epsilon: 1e-1)
          ]
        },
      ]
    }
    + ([[0, 8], [1, 1], [8], [2, 3, 8], [5, 1], [4, 33], [260, 131]] as [Shape]).map { x in
      OpCase(
        "rmsNorm", [x, [x[-1]]],
        x.count > 1000 ? long : Tolerance(absolute: 1e-5, relative: 1e-5)
      ) { rmsNorm($0[0], gain: $0[1], epsilon: 1e-2) }
    }
}
