/// How the weight of a divergence rises in the course of a run.
///
/// Bowman et al. 2016, §3.1: at first it costs nothing to put into z what the words before don't tell, and once the
/// decoder reads it there, it is given up less easily. Fu et al. 2019, *Cyclical Annealing Schedule: A Simple Approach
/// to Mitigating KL Vanishing*: do so several times.
public struct Annealing: Sendable, Equatable {
  /// What the weight does.
  public enum Kind: String, CaseIterable, Sendable {
    /// It is whole from the beginning.
    case none
    /// It rises once.
    case linear
    /// It begins again and again at nothing.
    case cyclic
  }

  /// What the weight does.
  public var kind: Kind
  /// How often it does so, of cyclic; Fu et al. 2019, §4: 4.
  public var cycles: Int
  /// In what share of a cycle it becomes whole; Fu et al. 2019, §4: a half.
  public var share: Double

  /// Creates a course of the weight.
  public init(_ kind: Kind = .none, cycles: Int = 4, share: Double = 0.5) {
    self.kind = kind
    self.cycles = cycles
    self.share = share
  }

  /// Returns the weight, in 0 … 1, when `fraction` of a run is over.
  public func weight(at fraction: Double) -> Double {
    guard kind != .none, fraction < 1 else { return 1 }
    let turns = fraction * Double(kind == .cyclic ? cycles : 1)
    let place = turns - turns.rounded(.down)
    return share > 0 ? min(1, place / share) : 1
  }
}
