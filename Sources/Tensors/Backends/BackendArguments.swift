// What the methods of a backend are told besides their tensors.

/// An elementwise function of one variable.
package enum UnaryFunction: CaseIterable, Sendable {
  case exp, log, squareRoot, tanh, sigmoid, sine, cosine
  /// |x|, x² and max(x, 0).
  case absolute, square, relu
  /// x · σ(x), and ln(1 + eˣ).
  case silu, softplus
  /// Gaussian error linear unit, x·Φ(x), in its exact form (Hendrycks & Gimpel 2016).
  case gelu
  /// The derivative of `gelu`: Φ(x) + x·φ(x).
  case geluDerivative
  /// GELU with tanh in place of the error function (Hendrycks & Gimpel 2016, §2).
  case geluTanh
}

/// An elementwise function of two variables.
package enum BinaryFunction: CaseIterable, Sendable {
  case add, subtract, multiply, divide
  /// The larger and the smaller of two; NaN if one is NaN.
  case maximum, minimum
  /// 1 where the comparison holds, else 0.
  case greater, less, equal
}

/// How elements along an axis become one.
package enum Reduction: CaseIterable, Sendable {
  case sum, maximum
}

/// What random numbers are drawn from; the CPU's kernels say how each comes from Philox's words.
package enum Distribution: CaseIterable, Sendable {
  /// [0, 1), in steps of 2⁻²⁴.
  case uniform
  /// The standard normal distribution, by Box & Muller 1958.
  case normal
  /// −ln(−ln u) of uniform u: the largest of many exponential values.
  case gumbel
}

/// What a linear layer applies to its result.
public enum Activation: String, Sendable, CaseIterable {
  case identity
  /// x · Φ(x), and its form with tanh (Hendrycks & Gimpel 2016).
  case gelu, geluTanh
  /// max(x, 0).
  case relu
  /// x · σ(x).
  case silu
  case tanh
  case sigmoid

  /// The function; nil for the identity.
  package var function: UnaryFunction? {
    switch self {
    case .identity: nil
    case .gelu: .gelu
    case .geluTanh: .geluTanh
    case .relu: .relu
    case .silu: .silu
    case .tanh: .tanh
    case .sigmoid: .sigmoid
    }
  }

  /// Whether `Backend.linear` applies it; the others follow as operations of their own.
  package var isFused: Bool { self == .identity || self == .gelu || self == .relu }
}

/// Which keys a query may attend to.
public struct AttentionMask: Sendable {
  /// Whether query i of T sees only keys up to i + S − T (the last query sees all S keys).
  package let isCausal: Bool
  /// The number of real keys of each example of the batch; nil if all are real.
  package let keyLengths: [Int]?
  /// The texts that lie one after the other in the only example; nil for one text an example.
  package let spans: [AttentionSpan]?

  private init(isCausal: Bool, keyLengths: [Int]?, spans: [AttentionSpan]? = nil) {
    self.isCausal = isCausal
    self.keyLengths = keyLengths
    self.spans = spans
  }

  /// Every query sees every key.
  public static let none = AttentionMask(isCausal: false, keyLengths: nil)

  /// Every query sees the keys up to its own place.
  public static let causal = AttentionMask(isCausal: true, keyLengths: nil)

  /// Every query sees the keys of its span: texts of any lengths side by side without padding.
  ///
  /// The batch has one example, and the spans' queries are all of its, in order. On processors it is for
  /// inference.
  package static func within(_ spans: [AttentionSpan]) -> AttentionMask {
    AttentionMask(isCausal: false, keyLengths: nil, spans: spans)
  }

  /// Query i of the T in a span sees the keys of the span up to i + S − T, as if it were a text of its own.
  package static func causalWithin(_ spans: [AttentionSpan]) -> AttentionMask {
    AttentionMask(isCausal: true, keyLengths: nil, spans: spans)
  }

  /// Every query sees the first `lengths[b]` keys of its example b.
  public static func padding(_ lengths: [Int]) -> AttentionMask {
    AttentionMask(isCausal: false, keyLengths: lengths)
  }

  /// Both restrictions at once.
  package static func causalPadding(_ lengths: [Int]) -> AttentionMask {
    AttentionMask(isCausal: true, keyLengths: lengths)
  }
}

/// Where one of several texts lies that are computed side by side.
package struct AttentionSpan: Sendable, Equatable {
  /// Its queries.
  package let queries: Range<Int>
  /// What they see.
  package let keys: Range<Int>

  /// Creates the place of a text.
  package init(queries: Range<Int>, keys: Range<Int>) {
    self.queries = queries
    self.keys = keys
  }

  /// Whether the spans divide `queries` queries among them, and their keys are among `keys`.
  static func cover(_ spans: [AttentionSpan], queries: Int, keys: Int) -> Bool {
    var next = 0
    for span in spans {
      guard span.queries.lowerBound == next, 0 <= span.keys.lowerBound, span.keys.upperBound <= keys
      else { return false }
      next = span.queries.upperBound
    }
    return next == queries
  }
}

/// Which of queries, keys and values lie in one tensor, as one product makes them.
package enum AttentionPacking: Sendable {
  /// q [B, T, H, E], k and v [B, S, H, E].
  case none
  /// q [B, T, H, E]; k and v [B, S, 2, H, E].
  case keysAndValues
  /// q, k and v [B, T, 3, H, E].
  case all

  /// How many of them each tensor holds.
  package var counts: [Int] {
    switch self {
    case .none: [1, 1, 1]
    case .keysAndValues: [1, 2]
    case .all: [3]
    }
  }
}

/// Dropout of one kernel call: each value is zeroed with probability `rate`, the rest are scaled by
/// 1 / (1 − rate). The same key draws the same mask again, which is how the backward pass gets it.
package struct Dropout: Sendable {
  /// The probability that a value is zeroed, in [0, 1).
  package let rate: Float
  /// What the mask is drawn from.
  package let key: UInt64

  /// Creates the dropout of one kernel call.
  package init(rate: Float, key: UInt64) {
    self.rate = rate
    self.key = key
  }
}

/// What an AdamW step needs besides its tensors (Loshchilov & Hutter 2019, Algorithm 2).
package struct AdamWStep: Sendable {
  /// The learning rate of this step.
  package let rate: Float
  /// β₁, the decay of the mean of the gradients.
  package let beta1: Float
  /// β₂, the decay of the mean of their squares.
  package let beta2: Float
  /// ε, which keeps the step finite.
  package let epsilon: Float
  /// λ, the weight decay.
  package let decay: Float
  /// 1 − β₁ᵗ and 1 − β₂ᵗ of step t.
  package let correction1: Float
  package let correction2: Float
  /// What the gradient is multiplied by first: the clipping factor.
  package let gradientScale: Float

  /// Creates a step.
  package init(
    rate: Float, beta1: Float, beta2: Float, epsilon: Float, decay: Float, correction1: Float,
    correction2: Float, gradientScale: Float
  ) {
    self.rate = rate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.decay = decay
    self.correction1 = correction1
    self.correction2 = correction2
    self.gradientScale = gradientScale
  }
}
