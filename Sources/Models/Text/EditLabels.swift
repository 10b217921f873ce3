import SeqaeFiles
import SeqaeText

/// What a step does.
package enum EditOperation: Int, CaseIterable {
  case keep
  case delete
  case write
}

/// The tokens that stand for steps in the decoder's input: two special ones, and else what is written.
package struct EditLabels: Sendable {
  package let keep: TokenID
  package let delete: TokenID
  package let end: TokenID

  init(_ tokenizer: Tokenizer) throws(Failure) {
    keep = try tokenizer.id(of: .keep)
    delete = try tokenizer.id(of: .delete)
    end = try tokenizer.id(of: .eos)
  }

  /// The token of an action.
  package func label(_ action: EditAction) -> TokenID {
    switch action {
    case .keep: keep
    case .delete: delete
    case .write(let token): token
    }
  }

  /// What the step of a label does.
  package func operation(_ label: TokenID) -> EditOperation {
    label == keep ? .keep : label == delete ? .delete : .write
  }

  /// The source positions at which the steps of `labels` stand: writing stays, all else moves on.
  package func places(_ labels: [TokenID]) -> [Int32] {
    var place: Int32 = 0
    return labels.map { label in
      defer { place += operation(label) == .write ? 0 : 1 }
      return place
    }
  }
}
