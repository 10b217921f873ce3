import SeqaeFiles

extension JSON {
  /// What messages say of the model whose `config.json` this is, where one of another kind is expected.
  package var foundModel: String {
    self["model_type"]?.stringValue.map { ", found a model of type \($0.quoted)" } ?? ""
  }
}
