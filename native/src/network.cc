#include "network.h"

#include <cmath>
#include <vector>

#include "constants.h"
#include "failure.h"
#include "library.h"

namespace askbert {

using nvinfer1::DataType;
using nvinfer1::Dims;
using nvinfer1::ElementWiseOperation;
using nvinfer1::ITensor;
using nvinfer1::MatrixOperation;

bool hasAttention(int libraryVersion) noexcept {
  // TensorRT-RTX has it in every supported version, TensorRT since 10.14.
  return ASKBERT_RTX || libraryVersion >= 101400;
}

bool hasKeyLengths(int libraryVersion) noexcept { return ASKBERT_RTX || libraryVersion >= 110000; }

namespace {

class Bert {
 public:
  Bert(nvinfer1::INetworkDefinition& network, BertConfig const& config, Weights& weights, bool attention, bool keyLengths)
      : net_(network),
        c_(config),
        w_(weights),
        type_(dataTypeOf(config.precision)),
        attention_(attention),
        keyLengths_(keyLengths) {}

  void build() {
    ids_ = &input("input_ids", dimsOf({-1, -1}));
    segments_ = &input("segment_ids", dimsOf({-1, -1}));
    lengths_ = &input("lengths", dimsOf({-1}));
    shapes();
    if (!keyLengths_) mask();
    Normed hidden = embeddings();
    for (int32_t layer = 0; layer < c_.layers; layer++) {
      hidden = encoder(encoderName(layer), hidden);
    }
    head(*hidden.exact);
  }

 private:
  // Output of a LayerNorm: in FP32, and in the engine's precision.
  struct Normed {
    ITensor* exact;
    ITensor* value;
  };

  // The layer under its name, or a failure that names it.
  template <typename Layer>
  Layer& checked(Layer* layer, std::string const& name) {
    if (!layer) throw Failure(FailureCode::EngineBuild, "TensorRT refuses the layer " + name);
    layer->setName(name.c_str());
    return *layer;
  }

  template <typename Layer>
  ITensor& out(Layer* layer, std::string const& name) {
    return *checked(layer, name).getOutput(0);
  }

  ITensor& input(char const* name, Dims const& dims) {
    ITensor* tensor = net_.addInput(name, DataType::kINT32, dims);
    if (!tensor) throw Failure(FailureCode::EngineBuild, std::string("TensorRT refuses the input ") + name);
    return *tensor;
  }

  // A constant layer with the weights stored under its name.
  ITensor& constant(std::string const& name, Dims const& dims) {
    int64_t count = 1;
    for (int32_t i = 0; i < dims.nbDims; i++) count *= dims.d[i];
    return out(net_.addConstant(dims, w_.get(name, count).weights()), name);
  }

  ITensor& cast(std::string const& name, ITensor& x, DataType type) {
    return x.getType() == type ? x : out(net_.addCast(x, type), name);
  }

  ITensor& combine(std::string const& name, ITensor& a, ITensor& b, ElementWiseOperation operation) {
    return out(net_.addElementWise(a, b, operation), name);
  }

  // One element of the shape of input_ids as a shape tensor [1]: 0 batch, 1 length.
  ITensor& dimension(std::string const& name, ITensor& shape, int64_t index) {
    return out(net_.addSlice(shape, dimsOf({index}), dimsOf({1}), dimsOf({1})), name);
  }

  ITensor& joined(std::string const& name, std::vector<ITensor*> const& parts) {
    return out(net_.addConcatenation(parts.data(), static_cast<int32_t>(parts.size())), name);
  }

  // A slice whose size is a shape tensor.
  ITensor& sliced(std::string const& name, ITensor& x, Dims const& start, ITensor& size, Dims const& stride) {
    auto& layer = checked(net_.addSlice(x, start, stride, stride), name);
    layer.setInput(2, size);
    return *layer.getOutput(0);
  }

  void shapes() {
    ITensor& shape = out(net_.addShape(*ids_), "shape");
    ITensor& hidden = constant("shape.hidden", dimsOf({1}));
    ITensor& one = constant("shape.one", dimsOf({1}));
    ITensor& batch = dimension("shape.batch", shape, 0);
    length_ = &dimension("shape.length", shape, 1);
    lengthHidden_ = &joined("shape.length_hidden", {length_, &hidden});
    batchLengthHidden_ = &joined("shape.batch_length_hidden", {&batch, length_, &hidden});
    batchLengthOne_ = &joined("shape.batch_length_one", {&batch, length_, &one});
  }

  // From the lengths: which keys may be attended to, [batch, 1, 1, length].
  void mask() {
    ITensor& all = constant("mask.positions", dimsOf({c_.positions}));
    ITensor& positions = sliced("mask.slice", all, dimsOf({0}), *length_, dimsOf({1}));
    ITensor& row = reshaped("mask.row", positions, dimsOf({1, 1, 1, -1}));
    ITensor& lengths = reshaped("mask.lengths", *lengths_, dimsOf({-1, 1, 1, 1}));
    allowed_ = &combine("mask.allowed", row, lengths, ElementWiseOperation::kLESS);
    if (attention_) return;
    ITensor& zero = cast("mask.zero.cast", constant("mask.zero", dimsOf({1, 1, 1, 1})), scoreType());
    ITensor& far = cast("mask.far.cast", constant("mask.far", dimsOf({1, 1, 1, 1})), scoreType());
    penalty_ = &out(net_.addSelect(*allowed_, zero, far), "mask.penalty");
  }

  DataType scoreType() const { return c_.softmaxFp32 ? DataType::kFLOAT : type_; }

  ITensor& reshaped(std::string const& name, ITensor& x, Dims const& dims) {
    auto& layer = checked(net_.addShuffle(x), name);
    layer.setReshapeDimensions(dims);
    return *layer.getOutput(0);
  }

  // Word + position + segment vectors, normalised: [batch, length, hidden].
  Normed embeddings() {
    std::string const p = "bert.embeddings";
    auto table = [&](char const* part, int64_t rows) -> ITensor& {
      return constant(p + "." + part + "_embeddings.weight", dimsOf({rows, c_.hidden}));
    };
    auto gathered = [&](char const* part, int64_t rows, ITensor& index) -> ITensor& {
      std::string const name = p + "." + part;
      return cast(name + ".fp32", out(net_.addGather(table(part, rows), index, 0), name), DataType::kFLOAT);
    };
    ITensor& words = gathered("word", c_.vocabulary, *ids_);
    ITensor& segments = gathered("token_type", c_.segmentTypes, *segments_);
    ITensor& rows = sliced(p + ".position", table("position", c_.positions), dimsOf({0, 0}), *lengthHidden_, dimsOf({1, 1}));
    ITensor& positions =
        cast(p + ".position.fp32", reshaped(p + ".position.row", rows, dimsOf({1, -1, c_.hidden})), DataType::kFLOAT);
    ITensor& sum = combine(p + ".sum", words, segments, ElementWiseOperation::kSUM);
    return norm(p + ".LayerNorm", combine(p + ".sum.position", sum, positions, ElementWiseOperation::kSUM));
  }

  // One encoder layer, LayerNorm after each half: [batch, length, hidden].
  Normed encoder(std::string const& p, Normed const& hidden) {
    ITensor& context = attend(p, *hidden.value);
    ITensor& attended = linear(p + ".attention.output.dense", context, c_.hidden, c_.hidden);
    Normed const middle = addAndNorm(p + ".attention.output", attended, hidden);
    ITensor& inner =
        activation(p + ".intermediate.act", linear(p + ".intermediate.dense", *middle.value, c_.intermediate, c_.hidden));
    ITensor& output = linear(p + ".output.dense", inner, c_.hidden, c_.intermediate);
    return addAndNorm(p + ".output", output, middle);
  }

  Normed addAndNorm(std::string const& p, ITensor& x, Normed const& residual) {
    if (!c_.residualFp32) return norm(p + ".LayerNorm", combine(p + ".sum", x, *residual.value, ElementWiseOperation::kSUM));
    // The residual is the rounded value: keeping the FP32 one would double the data that a layer reads.
    ITensor& a = cast(p + ".fp32", x, DataType::kFLOAT);
    ITensor& b = cast(p + ".residual.fp32", *residual.value, DataType::kFLOAT);
    return norm(p + ".LayerNorm", combine(p + ".sum", a, b, ElementWiseOperation::kSUM));
  }

  // LayerNorm over the last axis, in FP32: its epsilon of 1e-12 would be zero in half.
  Normed norm(std::string const& p, ITensor& x) {
    ITensor& exact = cast(p + ".in", x, DataType::kFLOAT);
    ITensor& gamma = constant(p + ".weight", dimsOf({1, 1, c_.hidden}));
    ITensor& beta = constant(p + ".bias", dimsOf({1, 1, c_.hidden}));
    // Not addNormalizationV2, which TensorRT has only since 10.15; the two differ only for groups.
    auto& layer = checked(net_.addNormalization(exact, gamma, beta, 1u << 2), p);
    layer.setEpsilon(c_.epsilon);
    ITensor& result = *layer.getOutput(0);
    return {&result, &cast(p + ".out", result, type_)};
  }

  // Self-attention, query, key and value from one product: [batch, length, hidden].
  ITensor& attend(std::string const& p, ITensor& x) {
    ITensor& qkv = linear(p + ".attention.qkv", x, 3 * c_.hidden, c_.hidden);
    ITensor& query = heads(p + ".query", qkv, 0);
    ITensor& key = heads(p + ".key", qkv, 1);
    ITensor& value = heads(p + ".value", qkv, 2);
    ITensor& context = attention_ ? fused(p, query, key, value) : byProducts(p, query, key, value);
    auto& merge = checked(net_.addShuffle(context), p + ".attention.merge");
    merge.setFirstTranspose({0, 2, 1, 3});
    merge.setReshapeDimensions(dimsOf({0, 0, c_.hidden}));
    return *merge.getOutput(0);
  }

  // A third of the last axis as [batch, heads, length, head size].
  ITensor& heads(std::string const& name, ITensor& qkv, int64_t third) {
    ITensor& part = sliced(name, qkv, dimsOf({0, 0, third * c_.hidden}), *batchLengthHidden_, dimsOf({1, 1, 1}));
    auto& split = checked(net_.addShuffle(part), name + ".heads");
    split.setReshapeDimensions(dimsOf({0, 0, c_.heads, c_.hidden / c_.heads}));
    split.setSecondTranspose({0, 2, 1, 3});
    return *split.getOutput(0);
  }

  ITensor& fused(std::string const& p, ITensor& query, ITensor& key, ITensor& value) {
    // The version with a boolean: the only one in 10.x, still present in 11.x and RTX.
    auto* attention = net_.addAttention(query, key, value, nvinfer1::AttentionNormalizationOp::kSOFTMAX, false);
    if (!attention) throw Failure(FailureCode::EngineBuild, "TensorRT refuses the attention of " + p);
    // A shape without a fused kernel is decomposed instead of refused.
    bool good = attention->setName((p + ".attention").c_str()) && attention->setDecomposable(true);
    if (!keyLengths_) good = good && attention->setMask(*allowed_);
#if !ASKBERT_TRT10
    if (keyLengths_) good = good && attention->setKeyValueLengths(lengths_);
#endif
    if (!good) throw Failure(FailureCode::EngineBuild, "TensorRT refuses the mask of " + p);
    return *attention->getOutput(0);
  }

  ITensor& byProducts(std::string const& p, ITensor& query, ITensor& key, ITensor& value) {
    ITensor& scores = out(net_.addMatrixMultiply(query, MatrixOperation::kNONE, key, MatrixOperation::kTRANSPOSE), p + ".scores");
    ITensor& scored = cast(p + ".scores.cast", scores, scoreType());
    ITensor& masked = combine(p + ".scores.masked", scored, *penalty_, ElementWiseOperation::kSUM);
    auto& softmax = checked(net_.addSoftMax(masked), p + ".softmax");
    softmax.setAxes(1u << 3);
    ITensor& shares = cast(p + ".softmax.cast", *softmax.getOutput(0), type_);
    return out(net_.addMatrixMultiply(shares, MatrixOperation::kNONE, value, MatrixOperation::kNONE), p + ".context");
  }

  // x [.., columns] times the transpose of a weight (rows, columns), plus its bias: [.., rows].
  ITensor& linear(std::string const& p, ITensor& x, int64_t rows, int64_t columns) {
    ITensor& weight = constant(p + ".weight", dimsOf({1, rows, columns}));
    ITensor& bias = constant(p + ".bias", dimsOf({1, 1, rows}));
    if (x.getType() == DataType::kFLOAT || !c_.accumulateFp32) {
      ITensor& product = out(net_.addMatrixMultiply(x, MatrixOperation::kNONE, weight, MatrixOperation::kTRANSPOSE), p);
      return combine(p + ".add", product, bias, ElementWiseOperation::kSUM);
    }
    // TensorRT takes casts around a product as "16-bit operands, FP32 sum": no value is converted for it.
    DataType const exact = DataType::kFLOAT;
    ITensor& a = cast(p + ".x.fp32", x, exact);
    ITensor& b = cast(p + ".weight.fp32", weight, exact);
    ITensor& product = out(net_.addMatrixMultiply(a, MatrixOperation::kNONE, b, MatrixOperation::kTRANSPOSE), p);
    ITensor& rounded = cast(p + ".product", product, x.getType());
    return combine(p + ".add", rounded, bias, ElementWiseOperation::kSUM);
  }

  ITensor& activation(std::string const& name, ITensor& x) {
    using nvinfer1::ActivationType;
    ActivationType const type = c_.activation == Activation::GeluErf    ? ActivationType::kGELU_ERF
                                : c_.activation == Activation::GeluTanh ? ActivationType::kGELU_TANH
                                                                        : ActivationType::kRELU;
    return out(net_.addActivation(x, type), name);
  }

  // Start and end logits, FP32 throughout: [batch, length] each.
  void head(ITensor& hidden) {
    ITensor& logits = linear("qa_outputs", hidden, 2, c_.hidden);
    for (int64_t column = 0; column < 2; column++) {
      std::string const name = column == 0 ? "start" : "end";
      ITensor& part = sliced(name + ".column", logits, dimsOf({0, 0, column}), *batchLengthOne_, dimsOf({1, 1, 1}));
      ITensor& result = reshaped(name + ".row", part, dimsOf({0, 0}));
      result.setName(name.c_str());
      net_.markOutput(result);
    }
  }

  nvinfer1::INetworkDefinition& net_;
  BertConfig const& c_;
  Weights& w_;
  DataType const type_;
  bool const attention_;
  bool const keyLengths_;
  ITensor* ids_ = nullptr;
  ITensor* segments_ = nullptr;
  ITensor* lengths_ = nullptr;
  ITensor* length_ = nullptr;
  ITensor* lengthHidden_ = nullptr;
  ITensor* batchLengthHidden_ = nullptr;
  ITensor* batchLengthOne_ = nullptr;
  ITensor* allowed_ = nullptr;
  ITensor* penalty_ = nullptr;
};

}  // namespace

bool addBert(nvinfer1::INetworkDefinition& network, BertConfig const& config, Weights& weights, int libraryVersion) {
  bool const attention = config.fusedAttention && hasAttention(libraryVersion);
  prepareConstants(config, weights);
  Bert(network, config, weights, attention, attention && config.keyLengths && hasKeyLengths(libraryVersion)).build();
  return attention;
}

}  // namespace askbert
