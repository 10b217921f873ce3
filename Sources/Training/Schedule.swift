import Glibc

/// The learning rate over a run: a linear warm-up, then a decay.
///
/// The warm-up counts steps; the decays to a floor count the fraction of the run that is over, so that
/// they fit a run limited by steps and one limited by minutes alike.
///
/// ```swift
/// let schedule = Schedule(peak: 1e-3, warmup: 400, decay: .cosine(floor: 0.05))
/// schedule.rate(step: 200, fraction: 0.01)  // 5e-4: half of the warm-up
/// schedule.rate(step: 9_000, fraction: 1)   // 5e-5: the floor
/// ```
public struct Schedule: Sendable, Equatable {
  /// What follows the warm-up.
  public enum Decay: Sendable, Equatable {
    /// The peak until the end.
    case constant
    /// Peak · √(warmup / step); Vaswani et al. 2017, *Attention Is All You Need*, §5.3.
    case inverseSquareRoot
    /// Half a cosine from the peak to `floor` · peak at the end; Loshchilov & Hutter 2017, *SGDR*, eq. 5.
    case cosine(floor: Double)
    /// A straight line from the peak to `floor` · peak at the end; BERT, Devlin et al. 2019, §A.2.
    case linear(floor: Double)
  }

  /// The highest rate, reached at the end of the warm-up.
  public var peak: Double
  /// The number of steps over which the rate rises from 0.
  public var warmup: Int
  /// What follows.
  public var decay: Decay

  /// Creates a schedule.
  public init(peak: Double, warmup: Int, decay: Decay) {
    precondition(peak > 0 && warmup >= 0, "Schedule: peak \(peak), warmup \(warmup)")
    self.peak = peak
    self.warmup = warmup
    self.decay = decay
  }

  /// Returns the rate of a step.
  ///
  /// - Parameters:
  ///   - step: the number of the step, from 1.
  ///   - fraction: how much of the run was over before it, in 0 … 1.
  /// - Returns: the learning rate.
  public func rate(step: Int, fraction: Double) -> Double {
    let rise = warmup > 0 ? min(1, Double(step) / Double(warmup)) : 1
    return peak * rise * remaining(step: step, fraction: min(1, max(0, fraction)))
  }

  private func remaining(step: Int, fraction: Double) -> Double {
    switch decay {
    case .constant: 1
    case .inverseSquareRoot:
      (Double(max(1, warmup)) / Double(max(step, warmup, 1))).squareRoot()
    case .cosine(let floor): floor + (1 - floor) * (1 + cos(Double.pi * fraction)) / 2
    case .linear(let floor): floor + (1 - floor) * (1 - fraction)
    }
  }
}
