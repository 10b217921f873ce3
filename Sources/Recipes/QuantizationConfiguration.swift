import SeqaeFiles

/// What `config.json` says of weights in eight bits, in the words of compressed-tensors, which transformers
/// and vLLM read: a scale for each row of a weight, and one for each token of what it is multiplied with.
enum QuantizationConfiguration {
  /// Under which key it says that.
  static let key: ByteString = "quantization_config"

  /// What it says of a model.
  ///
  /// - Parameter ignored: its matrices that stay as they are.
  /// - Returns: the value of that key.
  static func json(ignoring ignored: [JSON]) -> JSON {
    [
      "quant_method": "compressed-tensors",
      "format": "int-quantized",
      "quantization_status": "compressed",
      "config_groups": [
        "products": [
          "targets": ["Linear"],
          "weights": numbers(strategy: "channel", isDynamic: false),
          "input_activations": numbers(strategy: "token", isDynamic: true),
        ],
        "tables": [
          "targets": ["Embedding"],
          "weights": numbers(strategy: "channel", isDynamic: false),
        ],
      ],
      "ignore": .array(ignored),
    ]
  }

  private static func numbers(strategy: ByteString, isDynamic: Bool) -> JSON {
    [
      "num_bits": 8, "type": "int", "symmetric": true, "strategy": .string(strategy),
      "dynamic": .bool(isDynamic),
    ]
  }
}
