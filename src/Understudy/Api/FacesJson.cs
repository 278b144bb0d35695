using System.Text.Json.Serialization;
using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Ledger;
using Understudy.Core.Ups;
using Understudy.Daemon;
using Understudy.Ups;

namespace Understudy.Api;

/// <summary>The JSON of the API and of the command line: snake_case, enums by their words, units in names.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    Converters =
    [
        typeof(InstantConverter),
        typeof(Words<Health>),
        typeof(ValueListConverter<string>),
        typeof(ValueListConverter<LinkSnapshot>),
        typeof(ValueListConverter<DutySnapshot>),
        typeof(ValueListConverter<CandidateSnapshot>),
        typeof(ValueListConverter<RefusedCount>),
        typeof(Words<ProxyMode>),
        typeof(Words<SourceCondition>),
        typeof(ValueListConverter<SourceReport>),
        typeof(ValueListConverter<SeenProxy>),
        typeof(ValueListConverter<Core.Collection.SupervisorSide>),
        typeof(ValueListConverter<Core.Collection.SupervisorAbove>),
    ])]
[JsonSerializable(typeof(HostSnapshot))]
[JsonSerializable(typeof(LinkSnapshot))]
[JsonSerializable(typeof(DutySnapshot))]
[JsonSerializable(typeof(CandidateSnapshot))]
[JsonSerializable(typeof(RefusedCount))]
[JsonSerializable(typeof(OrderBody))]
[JsonSerializable(typeof(OrderAnswer))]
[JsonSerializable(typeof(ReloadAnswer))]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(ExplainAnswer))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(Core.Collection.SupervisorStatus))]
[JsonSerializable(typeof(Cli.SupervisorSaid))]
[JsonSerializable(typeof(Cli.UpsCheckAnswer))]
[JsonSerializable(typeof(Cli.UpsInstallAnswer))]
[JsonSerializable(typeof(Cli.CheckAnswer))]
[JsonSerializable(typeof(Cli.KeygenAnswer))]
[JsonSerializable(typeof(Cli.VersionAnswer))]
[JsonSerializable(typeof(ReplayReport))]
[JsonSerializable(typeof(Cli.UpsStory))]
[JsonSerializable(typeof(HostProxies))]
[JsonSerializable(typeof(ValueList<SeenProxy>))]
[JsonSerializable(typeof(SeenProxy))]
[JsonSerializable(typeof(ProxyReport))]
[JsonSerializable(typeof(SourceReport))]
[JsonSerializable(typeof(Cli.StatusWithoutDaemon))]
[JsonSerializable(typeof(GuardsAnswer))]
[JsonSerializable(typeof(IReadOnlyList<GuardStatus>))]
[JsonSerializable(typeof(GuardExplainAnswer))]
[JsonSerializable(typeof(GuardBody))]
[JsonSerializable(typeof(Cli.GuardReplayAnswer))]
[JsonSerializable(typeof(Collection.CollectionView))]
[JsonSerializable(typeof(Collection.ProducerView))]
[JsonSerializable(typeof(ProducerExplainAnswer))]
internal sealed partial class FacesJson : JsonSerializerContext;

/// <summary>What may come with an order.</summary>
internal sealed record OrderBody(string? Reason = null, string? To = null, bool? PeerIsOff = null);

/// <summary>Why a request was not done, and what to do about it.</summary>
internal sealed record ErrorAnswer(string Error, string Hint);

internal sealed record ExplainAnswer(string Duty, IReadOnlyList<string> Sentences);

/// <param name="Ok">The loop has published within the last 5 s.</param>
internal sealed record HealthAnswer(bool Ok, string Node, string Version, long SnapshotAgeMs);
