// The layers of a decoder one position at a time, as the autoregressive loop goes through them: Vaswani et al. 2017,
// *Attention Is All You Need*, with norms before the sublayers.
//
// R: rows, the texts that are being written; B: texts that are read; S: their positions; D: width; H: heads.

/// A layer as its steps take it: weights at inference.
package struct StepLayer: Sendable {
  /// x Wᵀ + b.
  package typealias Map = (weight: Matrix, bias: Tensor)

  /// The gain and bias of a norm.
  package struct Norm: Sendable {
    package let gain: Tensor
    package let bias: Tensor
    package let epsilon: Float

    /// Creates a norm's step.
    package init(gain: Tensor, bias: Tensor, epsilon: Float) {
      (self.gain, self.bias, self.epsilon) = (gain, bias, epsilon)
    }
  }

  /// Attention to what is read.
  package struct Reading: Sendable {
    /// The norm before it.
    package let norm: Norm
    package let queries: Map
    package let output: Map

    /// Creates a step's attention to what is read.
    package init(norm: Norm, queries: Map, output: Map) {
      (self.norm, self.queries, self.output) = (norm, queries, output)
    }
  }

  /// The norm before attention to the positions before.
  package let selfNorm: Norm
  /// Queries, keys and values.
  package let projections: [Map]
  package let selfOutput: Map
  /// Nil for a decoder that reads nothing.
  package let reading: Reading?
  /// The norm before the feed-forward network.
  package let feedForwardNorm: Norm
  /// Before and after the GELU.
  package let feedForward: (expand: Map, contract: Map)

  /// Creates a layer.
  package init(
    selfNorm: Norm, projections: [Map], selfOutput: Map, reading: Reading?, feedForwardNorm: Norm,
    feedForward: (expand: Map, contract: Map)
  ) {
    self.selfNorm = selfNorm
    self.projections = projections
    self.selfOutput = selfOutput
    self.reading = reading
    self.feedForwardNorm = feedForwardNorm
    self.feedForward = feedForward
  }
}

/// The keys and values of the positions written so far, of all layers.
///
/// A position's are kept as they came, and each row knows which of them are its own: taking other rows, as beams do when they
/// change places, copies numbers of rows and no keys.
package struct StepMemory: Sendable {
  /// Of each position those of the rows that were written then: [layers, R, 2 · D], keys before values.
  package private(set) var positions: [Tensor] = []
  /// Of each row now, where it lies in each of them.
  package private(set) var places: [[Int32]]

  /// Creates a memory of nothing for so many rows.
  package init(rows: Int) { places = [[Int32]](repeating: [], count: rows) }

  /// Adds a position of all rows [layers, R, 2 · D].
  package mutating func append(_ position: Tensor) {
    precondition(
      position.shape.rank == 3 && position.shape[1] == places.count,
      "step memory: \(position.shape) for \(places.count) rows")
    positions.append(position)
    for row in places.indices { places[row].append(Int32(row)) }
  }

  /// Keeps the rows of these numbers, in that order, some perhaps twice.
  package mutating func select(_ rows: [Int]) { places = rows.map { places[$0] } }
}

/// What each layer has of the texts that are read, and which row reads which.
package struct StepSource: Sendable {
  /// Of each layer keys and values side by side [B, S, 2 · D].
  package let keysAndValues: [Tensor]
  /// The number of positions of each text.
  package let lengths: [Int]
  /// Of each row, which text it reads.
  package private(set) var texts: [Int]

  /// Creates a source of which each text is read by a row of its own.
  package init(_ keysAndValues: [Tensor], lengths: [Int]) {
    self.keysAndValues = keysAndValues.map { $0.contiguous() }
    self.lengths = lengths
    texts = Array(lengths.indices)
  }

  /// Keeps the rows of these numbers, in that order, some perhaps twice.
  package mutating func select(_ rows: [Int]) { texts = rows.map { texts[$0] } }
}

/// Decoder layers whose weights are ready for one step after another.
package protocol StepwiseDecoder: Sendable {
  /// Takes one more position.
  ///
  /// - Parameters:
  ///   - x: its embeddings [R, D].
  ///   - memory: what the layers remember, to which the position is added.
  ///   - source: what is read, nil if nothing is.
  /// - Returns: the norm of the last layer's states [R, D], float32 on the CPU.
  func callAsFunction(_ x: Tensor, _ memory: inout StepMemory, _ source: StepSource?) -> Tensor
}
