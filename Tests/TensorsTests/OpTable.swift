import SeqaeRandom
import SeqaeTensors
import TestSupport

/// Every differentiable operation at sizes 0, 1, small and odd, and large enough for all threads.
enum OpTable {
  static let cases =
    binary + scalar + unary + reductions + views + products + normalizations + dropouts
    + embeddings + attentions + losses + functions + elementLosses
    + rowOperations + joining + channelNorms + biasedAttentions + images + blocks

  /// Sums of thousands of terms, where single precision loses more.
  static let long = Tolerance(absolute: 2e-4, relative: 2e-5)
  /// Sums of tens of terms, or functions of such sums.
  static let short = Tolerance(absolute: 2e-5, relative: 1e-5)

  // MARK: Elementwise

  private static let binary: [OpCase] = {
    let shapes: [(Shape, Shape)] = [
      ([], []), ([0], [0]), ([1], [1]), ([7, 5], [7, 5]), ([2, 3, 4], [4]), ([3, 4], [3, 1]),
      ([3, 1], [1, 4]), ([3, 4], []), ([0, 4], [1, 4]), ([2, 1, 3], [4, 1]),
      ([2, 3, 33], [3, 33]), ([130, 257], [130, 257]), ([130, 257], [257]),
      ([130, 257], [130, 1]),
      ([1], [130, 257]),
    ]
    return shapes.flatMap { a, b in
      let tolerance = Shape.broadcastSums(a, b) ? long : Tolerance.rounding
      return [
        OpCase("+", [a, b], tolerance) { $0[0] + $0[1] },
        OpCase("−", [a, b], tolerance) { $0[0] - $0[1] },
        OpCase("·", [a, b], tolerance) { $0[0] * $0[1] },
        OpCase("/", [(a, .normal), (b, .positive)], a.count + b.count < 1000 ? short : long) {
          [$0[0] / $0[1]]
        },
      ]
    }
  }()

  static let sizes: [Shape] = [[], [0], [1], [3, 0, 2], [7, 5], [2, 3, 17], [130, 257]]

  private static let scalar: [OpCase] = sizes.flatMap { shape in
    [
      OpCase("x + s, s + x", [shape]) { ($0[0] + 1.5) + (0.25 + $0[0]) },
      OpCase("x − s, s − x", [shape]) { ($0[0] - 1.5) * (0.25 - $0[0]) },
      OpCase("x · s, s · x, x / s", [shape]) { $0[0] * 1.5 + 0.25 * $0[0] + $0[0] / 3 },
    ]
  }

  private static let unary: [OpCase] = sizes.flatMap { shape in
    [
      OpCase("exp", [shape], Tolerance(absolute: 1e-6, relative: 3e-6)) { $0[0].exp() },
      OpCase("log", [(shape, .positive)]) { [$0[0].log()] },
      OpCase("√", [(shape, .positive)]) { [$0[0].squareRoot()] },
      OpCase("tanh", [shape]) { $0[0].tanh() },
      OpCase("sigmoid", [shape]) { $0[0].sigmoid() },
      OpCase("gelu", [shape]) { $0[0].gelu() },
    ]
  }

  // MARK: Reductions and views

  private static let reductions: [OpCase] =
    sizes.flatMap { shape in
      [
        OpCase("sum", [shape], long) { $0[0].sum() },
        OpCase("mean", [shape]) { $0[0].mean() },
      ]
        + (0..<shape.rank).map { axis in
          OpCase("sum(\(axis))", [shape], shape.count > 1000 ? long : short) { $0[0].sum(axis) }
        }
    } + [
      OpCase("sum(0)", [[40_003, 2]], Tolerance(absolute: 1e-4, relative: 1e-6)) { $0[0].sum(0) },
      OpCase("sum(-1)", [[2, 40_003]], long) { $0[0].sum(-1) },
      OpCase("sum(1)", [[3, 110, 103]], long) { $0[0].sum(1) },
    ]
    + ([[1], [0, 5], [5, 1], [2, 3, 9], [7, 33], [260, 131], [3, 17_011]] as [Shape]).map { shape in
      OpCase("logSoftmax", [shape], shape.count > 1000 ? long : short) { $0[0].logSoftmax() }
    }

  private static let views: [OpCase] = [
    OpCase("reshaped", [[4, 6, 5]]) { $0[0].reshaped([8, 15]) },
    OpCase("reshaped", [[0, 6]]) { $0[0].reshaped([3, 0]) },
    OpCase("reshaped", [[130, 257]]) { $0[0].reshaped([257, 130]) },
    OpCase("transposed", [[4, 6, 5]]) { $0[0].transposed(0, 2) },
    OpCase("transposed", [[0, 6]]) { $0[0].transposed() },
    OpCase("transposed", [[130, 257]]) { $0[0].transposed() * 2 },
    OpCase("sliced", [[4, 6, 5]]) { $0[0].sliced(1, 2..<5) },
    OpCase("sliced to nothing", [[4, 6]]) { $0[0].sliced(0, 2..<2) },
    OpCase("sliced", [[130, 257]]) { $0[0].sliced(1, 1..<250).sliced(0, 7..<120) },
    OpCase("overlapping slices", [[9, 4]]) { $0[0].sliced(0, 0..<6) * $0[0].sliced(0, 3..<9) },
  ]

  // MARK: Products

  private static let products: [OpCase] =
    ([
      ([0, 3], [3, 2]), ([3, 0], [0, 2]), ([3, 2], [2, 0]), ([1, 1], [1, 1]), ([5, 7], [7, 6]),
      ([1, 33], [33, 19]), ([17, 35], [35, 1]), ([17, 35], [35, 23]), ([0, 2, 3], [0, 3, 4]),
      ([2, 3, 4, 5], [2, 3, 5, 6]), ([3, 31, 33], [3, 33, 29]), ([130, 300], [300, 150]),
    ] as [(Shape, Shape)]).map { a, b in
      OpCase("matmul", [a, b], a.count > 1000 ? long : short) { matmul($0[0], $0[1]) }
    }
    + [
      OpCase("matmul with a transpose", [[23, 35], [23, 19]], short) {
        matmul($0[0].transposed(), $0[1])
      },
      OpCase("matmul of one value with itself", [[21, 21]], short) { matmul($0[0], $0[0]) },
    ]
    + ([
      ([0, 3], 2), ([3], 4), ([1, 1], 1), ([2, 5, 6], 7), ([33, 17], 65), ([4, 70, 96], 130),
    ] as [(Shape, Int)]).flatMap { x, outputs in
      let shapes: [Shape] = [x, [outputs, x[-1]], [outputs]]
      let tolerance = x.count > 1000 ? long : short
      return [
        OpCase("linear", Array(shapes.dropLast()), tolerance) { linear($0[0], $0[1], nil) },
        OpCase("linear + b", shapes, tolerance) { linear($0[0], $0[1], $0[2]) },
        OpCase("gelu(linear)", Array(shapes.dropLast()), tolerance) {
          linear($0[0], $0[1], nil, activation: .gelu)
        },
        OpCase("gelu(linear + b)", shapes, tolerance) {
          linear($0[0], $0[1], $0[2], activation: .gelu)
        },
        OpCase("relu(linear + b)", shapes, tolerance) {
          linear($0[0], $0[1], $0[2], activation: .relu)
        },
      ]
        + [Activation.relu, .silu, .geluTanh, .tanh, .sigmoid].map { activation in
          OpCase("\(activation)(linear + b)", shapes, tolerance) {
            linear($0[0], $0[1], $0[2], activation: activation)
          }
        }
    }

  // MARK: Normalization and dropout

  private static let rows: [Shape] = [
    [0, 8], [1, 1], [8], [2, 3, 8], [5, 1], [4, 33], [260, 131],
  ]

  private static let normalizations: [OpCase] = rows.flatMap { x in
    let width: Shape = [x[-1]]
    let tolerance = x.count > 1000 ? long : Tolerance(absolute: 1e-5, relative: 1e-5)
    return [
      OpCase("layerNorm", [x, width, width], tolerance) {
        layerNorm($0[0], gain: $0[1], bias: $0[2], epsilon: 1e-2)
      },
      OpCase(
        "residualNorm", [(x, .normal), (x, .normal), (width, .normal), (width, .normal)], tolerance
      ) {
        let (sum, normalized) = residualNorm(
          $0[0], $0[1], dropout: 0.3, gain: $0[2], bias: $0[3], epsilon: 1e-2, training())
        return [sum, normalized]
      },
      OpCase("residualNorm, sum unused", [x, x, width, width], tolerance) {
        residualNorm(
          $0[0], $0[1], dropout: 0, gain: $0[2], bias: $0[3], epsilon: 1e-2, .inference
        ).normalized
      },
      OpCase("residualNorm, norm unused", [x, x, width, width], tolerance) {
        residualNorm(
          $0[0], $0[1], dropout: 0.3, gain: $0[2], bias: $0[3], epsilon: 1e-2, training()
        ).sum
      },
    ]
  }

  private static let dropouts: [OpCase] =
    sizes.flatMap { shape in
      [
        OpCase("dropout", [shape]) { dropout($0[0], 0.3, training()) }
      ]
    } + [
      OpCase("spatialDropout", [[3, 5, 8]]) {
        spatialDropout($0[0], channels: -1, 0.3, training())
      },
      OpCase("spatialDropout", [[3, 8, 5, 2]]) {
        spatialDropout($0[0], channels: 1, 0.3, training())
      },
      OpCase("spatialDropout", [[0, 8]]) { spatialDropout($0[0], channels: 1, 0.3, training()) },
      OpCase("spatialDropout", [[6, 70, 130]]) {
        spatialDropout($0[0], channels: -1, 0.3, training())
      },
    ]

  private static func training() -> Mode { .training(Random(seed: 23)) }

  // MARK: Embedding, attention, loss

  private static let embeddings: [OpCase] =
    ([
      ([7, 4], [0]), ([7, 4], []), ([1, 1], [3]), ([7, 4], [2, 5]), ([50, 33], [300]),
      ([500, 64], [40, 50]),
    ] as [(Shape, Shape)]).map { table, ids in
      OpCase("embedding", [(table, .normal), (ids, .ids(below: table[0]))], short) {
        [embedding($0[0], $0[1], scale: 1.5)]
      }
    }

  private static let attentions: [OpCase] =
    ([
      // batch, heads, queries, keys, width, mask
      (1, 1, 1, 1, 1, .none), (2, 2, 5, 7, 4, .none), (0, 2, 5, 7, 4, .none),
      (2, 2, 0, 7, 4, .none), (2, 2, 5, 5, 4, .causal), (2, 2, 5, 7, 4, .causal),
      (3, 2, 5, 7, 4, .padding([7, 4, 1])), (3, 2, 5, 7, 4, .padding([7, 0, 1])),
      (2, 2, 5, 5, 4, .causalPadding([5, 3])), (3, 2, 5, 7, 4, .causalPadding([7, 4, 0])),
      (2, 3, 1, 33, 17, .none), (2, 3, 17, 33, 20, .causal),
      (2, 3, 33, 33, 64, .causalPadding([20, 33])),
      (4, 4, 65, 70, 32, .padding([70, 1, 64, 33])), (4, 4, 128, 128, 32, .causal),
    ] as [(Int, Int, Int, Int, Int, AttentionMask)]).flatMap { b, h, t, s, e, mask in
      let shapes: [Shape] = [[b, h, t, e], [b, h, s, e], [b, h, s, e]]
      let tolerance = b * h * t * s > 10_000 ? long : short
      return [
        OpCase("attention \(mask)", shapes, tolerance) {
          attention($0[0], $0[1], $0[2], mask: mask, dropout: 0, .inference)
        },
        OpCase("attention \(mask) with dropout", shapes, tolerance) {
          attention($0[0], $0[1], $0[2], mask: mask, dropout: 0.2, training())
        },
      ]
    }

  private static let losses: [OpCase] =
    ([
      // targets, width, classes
      (0, 3, 4), (1, 1, 1), (1, 5, 9), (6, 5, 9), (33, 17, 65), (300, 64, 500), (70, 33, 5_003),
    ] as [(Int, Int, Int)]).flatMap { n, width, classes in
      let x: (Shape, OpCase.Values) = ([n, width], .normal)
      let weight: (Shape, OpCase.Values) = ([classes, width], .normal)
      let bias: (Shape, OpCase.Values) = ([classes], .normal)
      let targets: (Shape, OpCase.Values) = ([n], .ids(below: classes))
      return [
        OpCase("linearCrossEntropy", [x, weight, targets], short) {
          [linearCrossEntropy($0[0], $0[1], nil, targets: $0[2], ignored: -100)]
        },
        // Class 0 stands for padding, and each class is a target somewhere.
        OpCase("linearCrossEntropy, ignoring, smoothed", [x, weight, bias, targets], short) {
          [linearCrossEntropy($0[0], $0[1], $0[2], targets: $0[3], ignored: 0, smoothing: 0.1) * 3]
        },
      ]
    }
}

extension Shape {
  /// Whether the gradient of an operation on two shapes sums thousands of elements.
  fileprivate static func broadcastSums(_ a: Shape, _ b: Shape) -> Bool {
    max(a.count, b.count) > 1000 && a != b
  }
}
