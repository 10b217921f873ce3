/// What models compute in: the type that parameters arrive in and activations keep.
///
/// In bfloat16, matrices arrive rounded while their float32 masters stay with the optimizer; products
/// add in float32 and round their results; norms, softmax and losses compute in float32; gradients of
/// parameters are float32 (Micikevicius et al. 2018, *Mixed Precision Training*, §3, with the range of
/// float32, so that no loss needs scaling).
public enum Precision: String, Sendable, CaseIterable {
  case float32
  case bfloat16

  /// The precision in which parameters arrive now.
  @TaskLocal package static var current = Precision.float32

  /// What this machine computes products fastest in: bfloat16 where it has instructions for it.
  public static var fastest: Precision { CPUBackend.multipliesBFloat16 ? .bfloat16 : .float32 }

  /// The type of the elements.
  package var dtype: DType {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    }
  }
}

/// Returns what `body` returns, whose parameters arrive in `precision`.
public func withPrecision<Result>(
  _ precision: Precision, _ body: () throws -> Result
) rethrows -> Result {
  try Precision.$current.withValue(precision) { try body() }
}

extension Tensor {
  /// Returns the elements rounded to `precision`; the tensor itself if they are. dx = dy.
  public func rounded(to precision: Precision) -> Tensor {
    guard dtype != precision.dtype else { return self }
    return .recorded([self], backend.converted(detached(), to: precision)) { dy, into in
      into.add(0, dy)
    }
  }

  /// Returns the elements rounded to bfloat16 if those of `other` are.
  package func alike(_ other: Tensor) -> Tensor {
    other.dtype == .bfloat16 ? rounded(to: .bfloat16) : self
  }
}
