using EventSourcedMM.Stores.Journal;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Stores;

public sealed class Crc32CTests
{
    // Published values: RFC 3720 appendix B.4, and the check value of the CRC catalogue.
    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("313233343536373839", 0xE3069283u)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", 0x8A9136AAu)]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0x62A8AB43u)]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 0x46DD794Eu)]
    public void Of_PublishedInputs_GivesPublishedValues(string hex, uint expected) =>
        Assert.Equal(expected, Crc32C.Of(Convert.FromHexString(hex)));

    [Property]
    public void Of_AnyBytes_EqualsTheBitByBitDefinition(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        Assert.Equal(~crc, Crc32C.Of(bytes));
    }
}
