import SeqaeTensors
import TestSupport

/// Operations on images.
extension OpTable {
  static let images = convolving + pools + resized + recurrent + gates
  /// Those that multiply.
  static let convolving = convolutions + transposedConvolutions

  /// A convolution's sizes and settings.
  private struct Setting {
    var batch = 2
    var inputs = 3
    var outputs = 4
    var size: Extent = 6
    var kernel: Extent = 3
    var stride: Extent = 1
    var padding: Extent = 0
    var dilation: Extent = 1
    var groups = 1
    var outputPadding: Extent = 0
    var mask: KernelMask?

    /// Wider for sums of hundreds of terms, which may all be alike.
    var tolerance: Tolerance {
      max(inputs, outputs) / groups * kernel.count > 100 || batch * size.count > 300
        ? Tolerance(absolute: 1e-3, relative: 3e-5) : Tolerance(absolute: 5e-5, relative: 1e-5)
    }
  }

  private static let settings: [Setting] = [
    Setting(batch: 1, inputs: 1, outputs: 1, size: 1, kernel: 1),
    Setting(batch: 0), Setting(inputs: 1, outputs: 1, size: 3, kernel: 3),
    Setting(), Setting(padding: 1), Setting(stride: 2, padding: 1), Setting(kernel: 1),
    Setting(batch: 3, inputs: 2, outputs: 5, size: Extent(5, 9), kernel: Extent(1, 4)),
    Setting(
      size: Extent(9, 7), kernel: Extent(3, 2), stride: Extent(1, 3), padding: Extent(0, 2),
      dilation: Extent(2, 1)),
    Setting(size: 8, kernel: 2, stride: 3, padding: 2, dilation: 3),
    // Channels that fill vectors, on either side or both.
    Setting(inputs: 16, outputs: 32, size: 5, stride: 2, padding: 1),
    Setting(inputs: 20, outputs: 3, size: 5, padding: 1),
    Setting(inputs: 3, outputs: 20, size: 5, padding: 1),
    Setting(inputs: 33, outputs: 17, size: 4, padding: 1),
    Setting(batch: 17, inputs: 1, outputs: 16, size: 7, kernel: 4, stride: 2, padding: 1),
    Setting(batch: 1, inputs: 32, outputs: 65, size: 7, padding: 1),
    Setting(batch: 5, inputs: 48, outputs: 16, size: 6, kernel: 1),
    // More taps than are added at a time.
    Setting(inputs: 2, outputs: 17, size: 5, kernel: 9, padding: 4),
    // Groups, and a kernel for each channel.
    Setting(inputs: 4, outputs: 6, padding: 1, groups: 2),
    Setting(inputs: 32, outputs: 64, size: 5, stride: 2, padding: 1, groups: 2),
    Setting(inputs: 5, outputs: 5, padding: 1, groups: 5),
    Setting(inputs: 18, outputs: 18, stride: 2, padding: 1, groups: 18),
    Setting(inputs: 4, outputs: 8, padding: 1, groups: 4),
    // Above the threading threshold.
    Setting(batch: 20, inputs: 16, outputs: 32, size: 9, stride: 2, padding: 1),
    Setting(batch: 60, inputs: 16, outputs: 32, size: 2, kernel: 2),
  ]

  private static let masked: [Setting] = [
    Setting(kernel: 3, padding: 1, mask: .a(3)), Setting(kernel: 3, padding: 1, mask: .b(3)),
    Setting(inputs: 1, outputs: 32, size: 8, kernel: 7, padding: 3, mask: .a(7)),
    Setting(inputs: 16, outputs: 32, size: 5, padding: 1, mask: .b(3)),
    Setting(inputs: 6, outputs: 6, padding: 1, groups: 6, mask: .b(3)),
  ]

  private static let convolutions: [OpCase] = (settings + masked).flatMap { s -> [OpCase] in
    let shapes: [Shape] = [
      [s.batch, s.inputs, s.size.height, s.size.width],
      [s.outputs, s.inputs / s.groups, s.kernel.height, s.kernel.width], [s.outputs],
    ]
    let name = "stride \(s.stride), padding \(s.padding), \(s.groups) groups"
    return [
      OpCase("convolution, \(name)", Array(shapes[..<2]), s.tolerance) {
        convolution(
          $0[0], $0[1], stride: s.stride, padding: s.padding, dilation: s.dilation,
          groups: s.groups, mask: s.mask)
      },
      OpCase("relu(convolution + b), \(name)", shapes, s.tolerance) {
        convolution(
          $0[0], $0[1], $0[2], stride: s.stride, padding: s.padding, dilation: s.dilation,
          groups: s.groups, mask: s.mask, activation: .relu)
      },
    ]
  }

  private static let transposedConvolutions: [OpCase] =
    (settings + [
      Setting(inputs: 16, outputs: 32, size: 4, stride: 2, padding: 1, outputPadding: 1),
      Setting(
        inputs: 32, outputs: 1, size: 4, stride: 2, padding: 1, outputPadding: Extent(1, 0)),
      Setting(batch: 33, inputs: 32, outputs: 2, size: 5, kernel: 4, stride: 2, padding: 1),
      Setting(batch: 20, inputs: 32, outputs: 16, size: 5, stride: 2, padding: 1, outputPadding: 1),
    ]).filter { $0.size.width > 1 }.flatMap { s -> [OpCase] in
      let shapes: [Shape] = [
        [s.batch, s.inputs, s.size.height, s.size.width],
        [s.inputs, s.outputs / s.groups, s.kernel.height, s.kernel.width], [s.outputs],
      ]
      let name = "stride \(s.stride), padding \(s.padding), \(s.groups) groups"
      return [
        OpCase("transposedConvolution, \(name)", Array(shapes[..<2]), s.tolerance) {
          transposedConvolution(
            $0[0], $0[1], stride: s.stride, padding: s.padding, outputPadding: s.outputPadding,
            dilation: s.dilation, groups: s.groups)
        },
        OpCase("relu(transposedConvolution + b), \(name)", shapes, s.tolerance) {
          transposedConvolution(
            $0[0], $0[1], $0[2], stride: s.stride, padding: s.padding,
            outputPadding: s.outputPadding, dilation: s.dilation, groups: s.groups,
            activation: .relu)
        },
      ]
    }

  // MARK: Pools, changes of size, cells

  private static let shapes: [Shape] = [
    [0, 2, 5, 5], [1, 1, 3, 3], [2, 3, 7, 6], [3, 20, 5, 9], [40, 33, 8, 7],
  ]

  private static let pools: [OpCase] = shapes.flatMap { shape -> [OpCase] in
    [
      OpCase("maxPool", [shape]) { maxPool($0[0], kernel: 2, stride: 1).values },
      OpCase("maxPool, padded", [shape]) {
        maxPool($0[0], kernel: 3, stride: 2, padding: 1).values
      },
      OpCase("maxPool, dilated", [shape]) {
        maxPool($0[0], kernel: Extent(2, 1), stride: 2, dilation: Extent(2, 1)).values
      },
      OpCase("maxUnpool", [shape]) {
        let (values, switches) = maxPool($0[0], kernel: Extent(2, 3), stride: Extent(1, 2))
        return maxUnpool(values, switches: switches, to: Extent(shape[2], shape[3]))
      },
      OpCase("averagePool", [shape], .short) {
        averagePool($0[0], kernel: 3, stride: Extent(1, 2))
      },
      OpCase("averagePool, padded", [shape], .short) {
        averagePool($0[0], kernel: 3, padding: 1, countsPadding: false)
      },
    ]
  }

  private static let resized: [OpCase] = shapes.flatMap { shape -> [OpCase] in
    [
      OpCase("upsample, nearest", [shape], .short) { upsample($0[0], by: Extent(2, 3)) },
      OpCase("upsample, bilinear", [shape], .short) {
        upsample($0[0], to: Extent(11, 4), .bilinear(alignsCorners: false))
      },
      OpCase("upsample, aligned", [shape], .short) {
        upsample($0[0], to: Extent(4, 13), .bilinear(alignsCorners: true))
      },
      OpCase("skewed", [shape]) { skewed($0[0]) },
      OpCase("unskewed", [[shape[0], shape[1], shape[2], shape[3] + shape[2] - 1]]) {
        unskewed($0[0], width: shape[3])
      },
    ]
  }

  private static let gates: [OpCase] =
    ([[0, 4], [1, 2], [3, 34], [2, 6, 5], [2, 40, 5, 6], [3, 2, 4, 4], [40, 66, 9, 5]] as [Shape])
    .map { shape in OpCase("gatedActivation", [shape], .short) { gatedActivation($0[0]) } }

  private static let recurrent: [OpCase] =
    ([[0, 3], [1, 1], [3, 5], [2, 3, 17], [130, 65]] as [Shape]).flatMap { state -> [OpCase] in
      let four = state.replacing(-1, with: 4 * state[-1])
      let three = state.replacing(-1, with: 3 * state[-1])
      return [
        OpCase("lstmCell", [(four, .normal), (state, .normal)], .short) {
          let (hidden, cell) = lstmCell($0[0], cell: $0[1])
          return [hidden, cell]
        },
        OpCase("lstmCell, cell unused", [four, state], .short) {
          lstmCell($0[0], cell: $0[1]).hidden
        },
        OpCase("lstmCell, hidden unused", [four, state], .short) {
          lstmCell($0[0], cell: $0[1]).cell
        },
        OpCase("gruCell", [three, three, state], .short) { gruCell($0[0], $0[1], hidden: $0[2]) },
      ]
    }
}

extension Tolerance {
  /// Sums of a few terms, or steep functions.
  fileprivate static let short = Tolerance(absolute: 1e-5, relative: 1e-5)
}
