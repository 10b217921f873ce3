import SeqaeTensors
import TestSupport

extension OpTable {
  /// Activations, elementary functions and comparisons.
  static let functions: [OpCase] =
    sizes.flatMap { shape in
      [
        OpCase("geluTanh", [shape]) { $0[0].gelu(.tanh) },
        OpCase("relu", [shape]) { $0[0].relu() },
        OpCase("silu", [shape]) { $0[0].silu() },
        OpCase("softplus", [shape]) { $0[0].softplus() },
        OpCase("absolute", [shape]) { $0[0].absolute() },
        OpCase("square", [shape]) { $0[0].square() },
        OpCase("sin", [shape]) { ($0[0] * 3).sin() },
        OpCase("cos", [shape]) { ($0[0] * 3).cos() },
        OpCase("power", [(shape, .positive)], Tolerance(absolute: 1e-5, relative: 1e-5)) {
          [$0[0].power(-1.25)]
        },
        OpCase("clamped", [shape]) { $0[0].clamped(min: -0.5, max: 1) },
        OpCase("comparisons", [shape, shape]) {
          ($0[0] * greater($0[0], 0.25) + $0[1] * less($0[1], $0[0]) + $0[0] * equal($0[0], $0[0]))
        },
      ]
    }
    + ([
      ([], []), ([0], [0]), ([7, 5], [7, 5]), ([2, 3, 4], [4]), ([3, 1], [1, 4]), ([3, 4], []),
      ([0, 4], [1, 4]), ([130, 257], [130, 257]), ([130, 257], [257]), ([1], [130, 257]),
    ] as [(Shape, Shape)]).flatMap { a, b in
      let tolerance = max(a.count, b.count) > 1000 && a != b ? long : Tolerance.rounding
      return [
        OpCase("maximum", [a, b], tolerance) { maximum($0[0], $0[1]) },
        OpCase("minimum", [a, b], tolerance) { minimum($0[0], $0[1]) },
        OpCase("select", [a, b], tolerance) { select(greater($0[0], 0.3), $0[0], $0[1]) },
        OpCase("select by a row", [a, b], tolerance) { select(less($0[1], 0.3), $0[0], $0[1]) },
      ]
    }

  /// Losses of single elements, and divergences.
  static let elementLosses: [OpCase] =
    sizes.flatMap { shape in
      ([.none, .sum, .mean] as [LossReduction]).flatMap { reduction in
        let tolerance = reduction == .sum ? long : Tolerance.rounding
        return [
          OpCase("mseLoss, \(reduction)", [shape, shape], tolerance) {
            mseLoss($0[0], targets: $0[1], reduction: reduction)
          },
          OpCase("l1Loss, \(reduction)", [shape, shape], tolerance) {
            l1Loss($0[0], targets: $0[1], reduction: reduction)
          },
          OpCase("smoothL1Loss, \(reduction)", [shape, shape], tolerance) {
            smoothL1Loss($0[0], targets: $0[1], beta: 0.5, reduction: reduction)
          },
          OpCase("binaryCrossEntropy of logits, \(reduction)", [shape, shape], tolerance) {
            binaryCrossEntropy(logits: $0[0] * 3, targets: $0[1].sigmoid(), reduction: reduction)
          },
          OpCase("binaryCrossEntropy, \(reduction)", [shape, shape], long) {
            binaryCrossEntropy(
              probabilities: $0[0].sigmoid(), targets: $0[1].sigmoid(), reduction: reduction)
          },
        ]
      }
    }
    + ([
      (0, 4), (1, 1), (1, 9), (6, 9), (33, 65), (300, 500), (70, 5_003),
    ] as [(Int, Int)]).flatMap { rows, classes in
      let x: (Shape, OpCase.Values) = ([rows, classes], .normal)
      let targets: (Shape, OpCase.Values) = ([rows], .ids(below: classes))
      return [
        OpCase("crossEntropy", [x, targets], short) { [crossEntropy($0[0], targets: $0[1])] },
        // Class 0 stands for padding.
        OpCase("crossEntropy, ignoring, smoothed", [x, targets], short) {
          [
            crossEntropy(
              $0[0] * 16, targets: $0[1], ignored: 0, smoothing: 0.1, reduction: .none)
          ]
        },
        OpCase("crossEntropy, weighted", [x, targets, ([rows], .positive)], short) {
          [
            crossEntropy($0[0], targets: $0[1], weights: $0[2], reduction: .sum) + $0[2].sum(),
            crossEntropy($0[0], targets: $0[1], ignored: 0, weights: $0[2]),
          ]
        },
      ]
    }
    + ([[1], [0, 4], [4, 0], [7, 5], [2, 3, 17], [130, 257]] as [Shape]).flatMap { shape in
      [
        OpCase("gaussianKL", [shape, shape], shape.count > 1000 ? long : short) {
          gaussianKL(mean: $0[0], logVariance: $0[1])
        },
        OpCase("gaussianKL of two", [shape, shape, shape, [shape[-1]]], long) {
          gaussianKL(($0[0], $0[1]), from: ($0[2], $0[3]))
        },
        OpCase("straightThrough", [shape, shape]) {
          straightThrough($0[0] * 2, to: $0[1]) + $0[0]
        },
      ]
    }
}
