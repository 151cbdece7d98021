// Help texts in Turkish: commands, options, values, exit statuses. Part of turkish.ts.
import type { Words } from './words.ts';

export const TURKISH_HELP: Pick<
  Words,
  'commands' | 'usage' | 'arguments' | 'options' | 'values' | 'help' | 'exitReasons'
> = {
  commands: {
    relay: {
      summary: 'Bir aktarıcı başlatır',
      details: 'Okuyamadığını saklar ve iletir. İlk başlangıçta sahibi için bir davet yazar.',
    },
    chat: {
      summary: 'Tam ekran programda konuşur',
      details:
        'Bu bilgisayardaki hesabı açar; hesap yoksa davet bağlantısı ve takma ad sorar. --classic satır satır çalışan yalın programdır: aktarıcının adresini, kapısını ve takma adı sorar, çevrimiçi olanları listeler; her uçbirimde ve borularda çalışır.',
    },
    send: {
      summary: 'Tek mesaj gönderir, aktarıcının almasını bekler',
      details:
        'Bir kişiye, --group ile bir gruba. Metin komut satırının gerisidir; - ise ya da yoksa standart girdidir.',
    },
    listen: {
      summary: 'Gelen mesajları yazar',
      details:
        'Önce okunmamış bütün mesajları, sonra gelenleri yazar ve okundu olarak işaretler. --json her satıra bir JSON nesnesi yazar (docs/scripting.md).',
    },
    group: {
      summary: 'Grupları kurar, listeler, değiştirir',
      details:
        'create AD [KİŞİLER…]        yeni grubun kimliğini yazar\nlist                        bütün grupların kimliğini, adını ve üyelerini yazar\nmembers GRUP                takma adı, rolü, cihazları ve kimlerin doğrulandığını yazar\nadd GRUP KİŞİLER…\nremove GRUP KİŞİ\nleave GRUP\nrename GRUP AD\nrole GRUP KİŞİ ROL          owner, admin ya da member\nreset GRUP                  bozulan bir sohbeti yeniden başlatır\n\nGRUP, grubun adı ya da kimliğidir. Her değişikliği üyeler görür.',
    },
    names: {
      summary: 'Çevrimiçi olanları listeler',
      details: 'Her satıra bir takma ad; uçbirimde kendi renkleriyle.',
    },
    invite: {
      summary: 'Davet oluşturur, listeler, geri çeker',
      details:
        'sirdas invite bir davet oluşturur, bağlantı ve karekod olarak gösterir; sirdas invite list; sirdas invite revoke KİMLİK.',
    },
    join: {
      summary: 'Davet bağlantısıyla bir aktarıcıya katılır',
      details: 'Anahtarları ve hesabı oluşturur, takma adı alır. Takma ad, ilk alanındır.',
    },
    whoami: { summary: 'Bu bilgisayardaki hesabı gösterir', details: 'Bağlantı gerektirmez.' },
    verify: {
      summary: 'Bir kişinin güvenlik numarasını gösterir',
      details:
        'Karşınızdakiyle karşılaştırın, sonra --confirm ile yeniden çalıştırın. Anahtar değiştiyse --accept yeni anahtarla sürdürür. --group ile bir grubun bütün üyelerinin gördüğü rakamları gösterir.',
    },
    'link-device': {
      summary: 'Bu bilgisayarı başka yerdeki bir hesabın cihazı yapar',
      details:
        'Hesabın bulunduğu bir cihazda sirdas devices approve için bir satır ve karekod gösterir. Sonra ikisi de aynı sayıyı gösterir: karşılaştırıp ikisinde de onaylayın. Aktarıcının adresi yeter.',
    },
    devices: {
      summary: 'Hesabın cihazlarını listeler, bağlar, kaldırır',
      details:
        'sirdas devices listeler; sirdas devices link yeni cihazda ne yazılacağını gösterir; sirdas devices approve yeni cihazın gösterdiği satırı alır; sirdas devices rename bu cihazın adını değiştirir; sirdas devices revoke birini kimliğiyle ya da adıyla kaldırır.',
    },
    export: {
      summary: 'Hesabın şifreli bir kopyasını dosyaya yazar',
      details:
        'Dosya, kendi parolası olan bir age dosyasıdır: age -d açar. İçinde hesap, kişiler ve mesajlar vardır; kaybolacak mesajlar ve sonra gelenler yoktur.',
    },
    import: {
      summary: 'Bu bilgisayarı dışa aktarılmış dosyadan kurar',
      details:
        'Hesabın yeni bir cihazı olur ve konuşmalar onu yeniden içeri alana dek bekler. Dışa aktarmadan sonra gelen mesajlar eksik olabilir.',
    },
  },
  usage: {
    relay: '[SEÇENEKLER]',
    chat: '[BAĞLANTI] [SEÇENEKLER]',
    send: 'AD | --group GRUP [METİN… | -] [SEÇENEKLER]',
    listen: '[SEÇENEKLER]',
    group: 'EYLEM [SEÇENEKLER]',
    names: '[SEÇENEKLER]',
    invite: '[create | list | revoke KİMLİK] [SEÇENEKLER]',
    join: 'BAĞLANTI --name AD [SEÇENEKLER]',
    whoami: '[SEÇENEKLER]',
    verify: 'AD | --group GRUP [SEÇENEKLER]',
    'link-device': '[BAĞLANTI | MAKİNE[:KAPI]] [SEÇENEKLER]',
    devices: '[list | link | approve SATIR | rename AD | revoke KİMLİK-YA-DA-AD] [SEÇENEKLER]',
    export: 'DOSYA [SEÇENEKLER]',
    import: 'DOSYA [SEÇENEKLER]',
  },
  arguments: {
    LINK: 'davet bağlantısı',
    NAME: 'takma ad',
    FILE: 'dosya adı',
    ID: 'davetin kimliği',
    OFFER: 'yeni cihazın gösterdiği satır',
    DEVICE: 'bir cihazın kimliği ya da adı',
    DEVICE_NAME: 'bu cihaz için bir ad',
    GROUP: 'bir grup',
    NEW_NAME: 'bir ad',
    ROLE: 'owner, admin ya da member',
    ACTION: 'create, list, members, add, remove, leave, rename, role ya da reset',
  },
  options: {
    home: 'hesabın klasörü (SIRDAS_HOME)',
    lang: 'dil: en ya da tr (yoksa ortamın söylediği)',
    'no-color': 'renksiz (NO_COLOR)',
    help: 'bu yardımı gösterir',
    version: 'sürümü gösterir',
    'passphrase-file': 'kasanın parolasını dosyadan okur (SIRDAS_PASSPHRASE)',
    'export-passphrase-file': 'dışa aktarılan dosyanın parolasını dosyadan okur (SIRDAS_EXPORT_PASSPHRASE)',
    'no-passphrase': 'parolasız kasa: diski okuyabilen onu da okur',
    keyring: 'kasanın anahtarını bu bilgisayarın anahtarlığında tutar',
    name: 'alınacak takma ad',
    'display-name': 'başkalarının takma adın yanında gördüğü ad',
    'device-name': 'bu cihazın adı',
    plaintext: 'başka bir bilgisayara TLS’siz bağlanmaya izin verir',
    classic: 'satır satır çalışan yalın program',
    relay: 'katılınacak aktarıcı (--classic ile)',
    'no-sound': 'sessiz',
    group: 'adı ya da kimliğiyle grup',
    'reply-to': 'bunun yanıtladığı mesajın kimliği',
    timeout: 'aktarıcının ne kadar bekleneceği (30)',
    json: 'her satıra bir JSON nesnesi',
    once: 'tek mesajdan sonra biter',
    count: 'bu kadar mesajdan sonra biter',
    events: '--json ile: değişen mesajlar, yazanlar, gelip gidenler, bağlantı ve reddedilenler de',
    uses: 'kaç kişiyi kabul edeceği (1)',
    expires: 'kaç gün geçerli olacağı (7)',
    'grant-invites': 'bununla katılanlar da davet edebilir',
    'no-qr': 'karekodsuz',
    confirm: 'kişiyi doğrulandı olarak işaretler',
    accept: 'değişen anahtarla sürdürür',
    'no-history': 'son mesajlar olmadan',
    'confirm-code': 'sormak yerine öteki cihazın sayısını standart girdiden okur',
    replace: 'dosyanın geldiği cihazın yerine geçer',
  },
  values: {
    DIR: 'KLASÖR',
    FILE: 'DOSYA',
    LANG: 'DİL',
    NAME: 'AD',
    NUMBER: 'SAYI',
    SECONDS: 'SANİYE',
    DAYS: 'GÜN',
    ADDRESS: 'MAKİNE:KAPI',
    GROUP: 'GRUP',
    ID: 'KİMLİK',
  },
  help: {
    tagline: 'sırdaş: kendi barındırdığınız özel yazışma',
    usage: 'Kullanım',
    command: 'KOMUT',
    commands: 'Komutlar',
    options: 'Seçenekler',
    everyCommand: 'Bütün komutlarda',
    exitStatus: 'Çıkış durumu',
    more: 'Bir komutun seçeneklerini sirdas KOMUT --help gösterir.',
  },
  exitReasons: {
    done: 'oldu',
    internal: 'programın kendi kusuru',
    usage: 'komut satırı yanlış',
    local: 'bu bilgisayardaki hesap, kasa ya da bir dosya',
    network: 'aktarıcıya ulaşılamıyor ya da bağlantı koptu',
    refused: 'aktarıcı kabul etmedi',
    undelivered: 'mesaj aktarıcıya ulaşmadı ya da bu kişiye gönderilemiyor',
    trust: 'bir anahtar, imza ya da saat olması gerektiği gibi değil',
    interrupted: 'bitmeden Ctrl-C ya da bir sinyalle sonlandırıldı',
  },
};
