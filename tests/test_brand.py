import stat

import pytest
from by_hand import write_brand
from shopkeeper.brand import load_brand, new_brand
from shopkeeper.tables import DataError


@pytest.mark.parametrize("name", ["../evil", "a/b", "{brand}", "", ".hidden", "a" * 65, "a\nb", "a..b"])
def test_a_name_that_is_no_folder_is_refused(bench, name):
    with pytest.raises(DataError, match="cannot be a brand's name"):
        load_brand(name)
    assert list((bench / "data").iterdir()) == []


def test_a_folder_without_brand_toml_says_how_to_make_one(bench):
    (bench / "data" / "acme").mkdir()
    with pytest.raises(DataError, match=r"acme has no .*brand\.toml.*Make one with: shopkeeper new acme"):
        load_brand("acme")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('currency = "YEN"', "no ISO 4217 code"),
        ('timezone = "Shanghai"', "such as Asia/Shanghai"),
        ("gross_margin = 45", "share from 0 to 1"),
        ('colour = "red"', "unknown setting colour"),
        ("title = ", "not valid TOML"),
        ("title = 7", "is not a text"),
        ('country = "China"', "no ISO 3166 code"),
        ('demand_capture = "brand search"', "a list of channels"),
        ('segment_coupons = "yes"', "segment_coupons is 'yes'; it is true or false, without quotes"),
        ("price_protection_days = -1", "price_protection_days is -1; it is a whole number of days from 0 to 365"),
        ("price_protection_days = true", "price_protection_days is True; it is a whole number"),
        ("price_protection_claim_rate = 50", "price_protection_claim_rate is 50; it is a share from 0 to 1"),
        ('[sources]\nmapping = "cdnow"', "with mapping and files"),
        ('[[sources]]\nmapping = "cdnow"\nfiles = "/etc/*"', "leaves the folder"),
        ('[[sources]]\nmapping = "cdnow"\nfiles = "../*"', "leaves the folder"),
        ('[[sources]]\nfile = "a.csv"', "with mapping and files"),
    ],
)
def test_a_faulty_setting_is_named(bench, line, fault):
    folder = write_brand("acme", {})
    kept = [old for old in (folder / "brand.toml").read_text().splitlines() if old.split("=")[0] != line.split("=")[0]]
    (folder / "brand.toml").write_text("\n".join([*kept, line]))
    with pytest.raises(DataError, match=fault):
        load_brand("acme")


def test_a_new_brand_can_be_loaded_and_is_never_overwritten(bench):
    made = new_brand("tea_house", "CNY", "Asia/Shanghai", "CN", 0.55)
    assert load_brand("tea_house") == made
    assert made.title == "Tea House"
    assert made.raw.is_dir()
    with pytest.raises(DataError, match="exists already"):
        new_brand("tea_house", "USD", "UTC", "US", 0.1)
    assert load_brand("tea_house").currency == "CNY"


def test_coupons_for_some_are_off_unless_switched_on(bench):
    assert not load_brand(write_brand("plain", {}).name).segment_coupons
    brand = load_brand(write_brand("some", {}, "segment_coupons = true\nprice_protection_days = 15").name)
    assert (brand.segment_coupons, brand.price_protection_days, brand.price_protection_claim_rate) == (True, 15, 1.0)


def test_a_faulty_new_brand_leaves_nothing_behind(bench):
    with pytest.raises(DataError, match="gross_margin"):
        new_brand("tea", "CNY", "Asia/Shanghai", "CN", 55)
    assert list((bench / "data").iterdir()) == []


def test_each_brand_hashes_with_a_key_of_its_own_that_only_its_owner_reads(bench):
    for name in ("one", "two"):
        write_brand(name, {})
    one, two = load_brand("one"), load_brand("two")
    assert one.pseudonym("ana") == one.pseudonym("ana") != two.pseudonym("ana")
    assert stat.S_IMODE((one.folder / ".key").stat().st_mode) == 0o600


def test_public_brands_share_a_key_so_that_anyone_gets_the_same_tables(bench):
    for name in ("one", "two"):
        write_brand(name, {}, "public = true")
    assert load_brand("one").pseudonym("ana") == load_brand("two").pseudonym("ana")
    assert not (load_brand("one").folder / ".key").exists()


def test_a_damaged_key_is_an_error_and_no_hash_without_a_key(bench):
    brand = load_brand(write_brand("acme", {}).name)
    (brand.folder / ".key").write_text("")
    with pytest.raises(DataError, match=r"\.key is damaged"):
        brand.pseudonym("ana")
