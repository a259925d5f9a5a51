using EventSourcedMM.Stores.Locations;

namespace EventSourcedMM.Tests.Stores.Locations;

/// <summary>What --store takes, and that no secret of it is ever shown.</summary>
public sealed class StoreLocationTests
{
    private const string Secret = "s3cr3t";

    [Theory]
    [InlineData("data", StoreKind.Journal, "data")]
    [InlineData("C:\\events", StoreKind.Journal, "C:\\events")]
    [InlineData("./postgres", StoreKind.Journal, "./postgres")]
    [InlineData("/tmp//data", StoreKind.Journal, "/tmp//data")]
    [InlineData("./a:b", StoreKind.Journal, "./a:b")]
    [InlineData("backup@2024=1", StoreKind.Journal, "backup@2024=1")]
    [InlineData("postgres:Host=db;Database=mm;Username=u;Search Path=desk1", StoreKind.PostgreSql, "postgres://u@db/mm?Search%20Path=desk1")]
    [InlineData("postgres:///mm?host=/tmp/pg&user=u&Search%20Path=desk2", StoreKind.PostgreSql, "postgres://u@/mm?host=/tmp/pg&Search%20Path=desk2")]
    [InlineData("esdb://admin:s3cr3t@a:2113?tls=false&streamPrefix=desk1", StoreKind.EventStoreDb, "esdb://a:2113?streamPrefix=desk1")]
    [InlineData("postgres:Host=db;Database=mm;Username=u;Password=s3cr3t", StoreKind.PostgreSql, "postgres://u@db/mm")]
    [InlineData("postgres:Host=db;Port=6000;Database=mm;User ID=u;pwd=\"s3cr3t;x\"", StoreKind.PostgreSql, "postgres://u@db:6000/mm")]
    [InlineData("postgres://u:s3cr3t@db:6000/mm", StoreKind.PostgreSql, "postgres://u@db:6000/mm")]
    [InlineData("postgresql://u:s3cr3t@db/mm?sslmode=require&application_name=s3cr3t", StoreKind.PostgreSql, "postgres://u@db/mm")]
    [InlineData("postgres:postgresql://u:s3cr3t@db/mm", StoreKind.PostgreSql, "postgres://u@db/mm")]
    [InlineData("postgres:///mm?host=/tmp/pg&user=u&password=s3cr3t", StoreKind.PostgreSql, "postgres://u@/mm?host=/tmp/pg")]
    [InlineData("postgres://[::1]:5433/mm", StoreKind.PostgreSql, "postgres://::1:5433/mm")]
    [InlineData("marten:Host=db;Database=mm;Username=u;Password=s3cr3t", StoreKind.Marten, "marten://u@db/mm")]
    [InlineData("marten://u:s3cr3t@db/mm", StoreKind.Marten, "marten://u@db/mm")]
    [InlineData("esdb://admin:s3cr3t@a:2113,b:2113?tls=false&userKeyFile=s3cr3t", StoreKind.EventStoreDb, "esdb://a:2113,b:2113")]
    [InlineData("esdb+discover://admin:s3cr3t@cluster.example", StoreKind.EventStoreDb, "esdb+discover://cluster.example")]
    public void Location_OfEachForm_IsKnownAndShownWithoutSecrets(string text, StoreKind kind, string shown)
    {
        var location = StoreLocation.Parse(text, _ => null);
        Assert.Equal((kind, shown, shown), (location.Kind, location.Redacted, location.ToString()));
        var fromVariable = StoreLocation.Parse("env:MM", name => name == "MM" ? text : null);
        Assert.Equal((kind, location.Address, shown), (fromVariable.Kind, fromVariable.Address, fromVariable.Redacted));
    }

    [Fact]
    public void Location_AsUrl_MeansTheSameAsPairs()
    {
        var url = StoreLocation.Parse("postgres://us%40er:p%3Aw%2F%40%3F@db:6000/my%20db?connect_timeout=3&Maximum%20Pool%20Size=7", _ => null);
        var pairs = StoreLocation.Parse("postgres:Host=db;Port=6000;Username=us@er;Password=p:w/@?;Database=my db;Timeout=3;Maximum Pool Size=7", _ => null);
        var (a, b) = (new Npgsql.NpgsqlConnectionStringBuilder(url.Address), new Npgsql.NpgsqlConnectionStringBuilder(pairs.Address));
        Assert.Equal((b.Host, b.Port, b.Username, b.Password, b.Database, b.Timeout, b.MaxPoolSize), (a.Host, a.Port, a.Username, a.Password, a.Database, a.Timeout, a.MaxPoolSize));
        Assert.Equal("p:w/@?", a.Password);
    }

    [Theory]
    [InlineData("postgres:")]
    [InlineData("postgres:s3cr3t")]
    [InlineData("postgres:Host=db;Password=x;s3cr3t=1")]
    [InlineData("postgres:Host=db;Password=x;s3cr3t")]
    [InlineData("postgres:Host=db;Port=s3cr3t")]
    [InlineData("postgres:Database=mm;Password=s3cr3t")]
    [InlineData("postgres://u:s3/cr3t@db/mm")]
    [InlineData("postgres://u:12/s3cr3t@db/mm")]
    [InlineData("postgres://u:s3@cr3t@db/mm")]
    [InlineData("postgres://u:s3cr3t@db:port/mm")]
    [InlineData("postgres://u@db/mm?s3cr3t=1")]
    [InlineData("postgres://u:s3cr3t@db:99999/mm")]
    [InlineData("postgres:Host=db;Port=99999;Password=s3cr3t")]
    [InlineData("marten:Host=db;Port=0;Password=s3cr3t")]
    [InlineData("postgres:Host=db;Password=s3cr3t;Search Path=a\"b,c")]
    [InlineData("postgres://u@db/mm?s3cr3t")]
    [InlineData("postgre://u:s3cr3t@db/mm")]
    [InlineData("Host=db;Password=s3cr3t")]
    [InlineData("Host=db;Pwd=s3cr3t")]
    [InlineData("Postgres:Host=db;PSW=s3cr3t")]
    [InlineData("postgress:Host=db;Token=s3cr3t")]
    [InlineData("u:s3cr3t@db/mm")]
    [InlineData("postgres//u:s3cr3t@db/mm")]
    [InlineData("esdb:s3cr3t")]
    [InlineData("esdb://u:s3/cr3t@a:2113")]
    [InlineData("esdb://u:12/s3cr3t@a:2113")]
    [InlineData("esdb://u:s3cr3t")]
    [InlineData("env:s3cr3tless")]
    [InlineData("")]
    public void Location_ThatCannotBeRead_SaysWhatToWriteAndNothingSecret(string text)
    {
        var refused = Assert.Throws<StoreLocationException>(() => StoreLocation.Parse(text, _ => null));
        Assert.DoesNotContain("cr3t@", refused.ToString(), StringComparison.Ordinal);
        if (!text.StartsWith("env:", StringComparison.Ordinal))
        {
            Assert.DoesNotContain("cr3t", refused.ToString(), StringComparison.Ordinal);
            var variable = Assert.Throws<StoreLocationException>(() => StoreLocation.Parse("env:MM", _ => text));
            Assert.DoesNotContain("cr3t", variable.ToString(), StringComparison.Ordinal);
            Assert.StartsWith("env:MM: ", variable.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Unrecognized argument 'Password=s3cr3t'")]
    [InlineData("postgres:Host=a;password = s3cr3t;Database=b")]
    [InlineData("Pwd='s3cr3t;s3cr3t'")]
    [InlineData("Unrecognized argument 'postgres://u:s3cr3t@db/mm'")]
    [InlineData("esdb://admin:s3cr3t@a:2113")]
    [InlineData("Host=a;PSW=s3cr3t;Database=b")]
    [InlineData("Unrecognized argument 'postgres://u:half@s3cr3t@db/mm'")]
    public void Redact_TextOfOthers_HidesPasswords(string text)
    {
        Assert.DoesNotContain(Secret, Secrets.Redact(text), StringComparison.Ordinal);
        Assert.Equal("order 7 at 1.5, see https://example.org/a@b", Secrets.Redact("order 7 at 1.5, see https://example.org/a@b"));
    }
}
