import SeqaeTensors
import TestSupport

extension OpTable {
  /// Operations that put tensors together, take them apart, repeat and reorder them.
  static let joining: [OpCase] =
    ([
      ([4, 6, 5], 0), ([4, 6, 5], 1), ([4, 6, 5], -1), ([0, 6], 1), ([1], 0), ([70, 130, 5], 1),
    ]
    as [(Shape, Int)]).flatMap { shape, axis in
      let other = shape.replacing(axis, with: shape[axis] + 2)
      return [
        OpCase("concatenate \(axis)", [shape, other, shape]) { concatenate($0, axis) },
        OpCase("concatenate \(axis) with itself", [shape]) {
          concatenate([$0[0], $0[0]], axis)
        },
        OpCase("stack \(axis)", [shape, shape]) { stack($0, axis) },
        OpCase("split \(axis)", [(other, .normal)]) {
          let parts = $0[0].split([1, $0[0].shape[axis] - 1], axis)
          return [parts[1] * 2, parts[0]]
        },
        OpCase("split \(axis), one part unused", [(other, .normal)]) {
          [$0[0].split([1, $0[0].shape[axis] - 1], axis)[0]]
        },
        OpCase("unstacked \(axis)", [(shape.replacing(axis, with: 2), .normal)]) {
          let parts = $0[0].unstacked(axis)
          return [parts[0] * parts[1]]
        },
        OpCase("tiled \(axis)", [shape]) { $0[0].tiled(3, axis) },
        OpCase("repeated \(axis)", [shape]) { $0[0].repeated(3, axis) },
        OpCase("flipped \(axis)", [shape]) { $0[0].flipped(axis) },
      ]
    }
    + [
      OpCase("permuted", [[4, 6, 5]]) { $0[0].permuted([2, 0, 1]) },
      OpCase("permuted", [[3, 4, 6, 5]]) { $0[0].permuted([0, -1, 1, 2]) * 2 },
      OpCase("permuted", [[0, 6]]) { $0[0].permuted([1, 0]) },
      OpCase("broadcast", [[4, 1, 5]]) { $0[0].broadcast(to: [3, 4, 6, 5]) },
      OpCase("broadcast", [[130, 1]], long) { $0[0].broadcast(to: [130, 257]) },
      OpCase("padded", [[4, 6, 5]]) { $0[0].padded([(1, 0), (0, 0), (2, 3)], value: 0.5) },
      OpCase("padded", [[0, 6]]) { $0[0].padded([(1, 1), (0, 2)]) },
      OpCase("padded", [[]]) { $0[0].padded([]) },
      OpCase("padded", [[130, 257]]) { $0[0].padded([(3, 4), (1, 2)]) },
      OpCase("slices of every position", [[9, 4]]) { x in
        (0..<9).map { x[0].sliced(0, $0..<($0 + 1)) }.reduce(x[0].sliced(0, 0..<1), +)
      },
    ]
}
