import SeqaeTensors
import TestSupport

extension OpTable {
  /// Softmax and what else works on rows or several axes.
  static let rowOperations: [OpCase] =
    ([[1], [0, 5], [5, 1], [2, 3, 9], [7, 33], [260, 131], [3, 17_011]] as [Shape]).flatMap {
      shape in
      let tolerance = shape.count > 1000 ? long : short
      return [
        OpCase("softmax", [shape], tolerance) { $0[0].softmax() },
        OpCase("logSumExp", [shape], tolerance) { $0[0].logSumExp() },
        OpCase("softmax(0)", [shape], tolerance) { $0[0].softmax(0) },
        OpCase("logSoftmax(0)", [shape], tolerance) { $0[0].logSoftmax(0) },
        OpCase("logSumExp(0)", [shape], tolerance) {
          $0[0].shape[0] == 0 ? $0[0].sum(0) : $0[0].logSumExp(0)
        },
        OpCase("max", [shape], tolerance) { $0[0].max(-1) },
        OpCase("min", [shape], tolerance) { $0[0].min(-1) },
        OpCase("norm", [shape], tolerance) { $0[0].norm() },
        OpCase("normalized", [shape], tolerance) { $0[0].normalized() },
        OpCase("topK", [shape], tolerance) { $0[0].topK($0[0].shape[-1] / 2 % 70).values },
        OpCase("takeAlong", [(shape, .normal), (shape, .ids(below: max(1, shape[-1])))], tolerance)
        { [takeAlong($0[0], $0[1])] },
      ]
    }
    + [
      OpCase("logSumExp of scores far apart", [[5, 40]], short) { ($0[0] * 60).logSumExp() },
      OpCase("softmax of scores far apart", [[5, 40]], short) { ($0[0] * 60).softmax() },
      OpCase("max(0)", [[130, 257]]) { $0[0].max(0) },
      OpCase("norm(0)", [[130, 257]], long) { $0[0].norm(0) },
      OpCase("takeAlong(1)", [([4, 6, 5], .normal), ([4, 9, 5], .ids(below: 6))], short) {
        [takeAlong($0[0], $0[1], 1)]
      },
      OpCase("takeAlong(0)", [([300, 70], .normal), ([400, 70], .ids(below: 300))], short) {
        [takeAlong($0[0], $0[1], 0)]
      },
    ]
    + ([
      ([2, 3, 4], [0, 2]), ([2, 3, 4], [1, -1]), ([2, 3, 4], [0, 1, 2]), ([2, 3, 4], []),
      ([5, 1, 3, 2], [2, 0]), ([3, 0, 2], [1]), ([40, 3, 17, 19], [0, 2, 3]),
    ] as [(Shape, [Int])]).flatMap { shape, axes in
      let tolerance = shape.count > 1000 ? long : short
      return [
        OpCase("sum(\(axes))", [shape], tolerance) { $0[0].sum(axes) },
        OpCase("mean(\(axes))", [shape], tolerance) { $0[0].mean(axes) },
        OpCase("variance(\(axes))", [shape], tolerance) {
          $0[0].shape.count == 0 ? $0[0].sum(axes) : $0[0].variance(axes, correction: 0)
        },
      ]
    }
}
