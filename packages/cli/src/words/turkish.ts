// What the terminal says in Turkish; the keys are those of english.ts.
import { TURKISH_CHAT } from './turkish-chat.ts';
import { TURKISH_DEVICES } from './turkish-devices.ts';
import { TURKISH_HELP } from './turkish-help.ts';
import type { Words } from './words.ts';

export const TURKISH: Words = {
  ...TURKISH_HELP,
  ...TURKISH_DEVICES,
  chat: TURKISH_CHAT,
  errors: {
    UNKNOWN_COMMAND: (given) => `“${given}” diye bir komut yok. Hepsini sirdas --help listeler.`,
    BAD_OPTION: (given) =>
      `Bilinmeyen ya da yanlış kullanılan seçenek: ${given}. Bir komutun seçeneklerini --help gösterir.`,
    BAD_VALUE: (given) => `Bu değer olmaz: ${given}. Neyin olacağını --help gösterir.`,
    MISSING_ARGUMENT: (name) => `Bir şey eksik: ${name}. Komutun nasıl kullanıldığını --help gösterir.`,
    TOO_MANY_ARGUMENTS: (given) => `“${given}” burada fazla. Boşluk içeren metni tırnak içine alın.`,
    NEEDS_TERMINAL: () =>
      'Tam ekran program bir uçbirim ister. Borularda ve betiklerde sirdas chat --classic, sirdas send ya da sirdas listen kullanın.',
    NO_PASSPHRASE: () =>
      'Kasa için parola gerekiyor ama soracak bir uçbirim yok. SIRDAS_PASSPHRASE değişkenini verin, --passphrase-file DOSYA kullanın ya da parolasız bir kasa için --no-passphrase deyin.',
    NO_EXPORT_PASSPHRASE: () =>
      'Dışa aktarılan dosyanın kendi parolası vardır ama soracak bir uçbirim yok. SIRDAS_EXPORT_PASSPHRASE değişkenini verin ya da --export-passphrase-file DOSYA kullanın.',
    PASSPHRASES_DIFFER: () => 'İki parola birbirinden farklı, hiçbir şey yapılmadı. Yeniden deneyin.',
    PASSPHRASE_EMPTY: () =>
      'Parola boş. Bir parola seçin; bu diski okuyabilen herkes her şeyi okuyabilsin diyorsanız --no-passphrase yazın.',
    FILE_UNREADABLE: (file) => `${file} okunamıyor. Adını ve izinlerini denetleyin.`,
    FILE_EXISTS: (file) => `${file} zaten var, üzerine yazılmadı. Başka bir ad seçin.`,
    FILE_UNWRITABLE: (file) => `${file} yazılamıyor. Klasörü, izinlerini ve diski denetleyin.`,
    NOT_DELIVERED_IN_TIME: () =>
      'Aktarıcı mesajı süresi içinde kabul etmedi. Mesaj burada duruyor; aktarıcıya ulaşan ilk komutla yola çıkar.',
    BAD_ADDRESS: (given) => `“${given}” bir adres değil. MAKİNE ya da MAKİNE:KAPI biçiminde yazın.`,
    BAD_TEXT: () => 'Standart girdiden gelen UTF-8 metin değil, hiçbir şey gönderilmedi.',
    NEEDS_CONFIRM_CODE: () =>
      'Uçbirim olmadan, iki cihazın aynı sayıyı gösterip göstermediği kimseye sorulamaz. --confirm-code deyip öteki cihazın sayısını standart girdiye yazın.',
    RELAY_NOT_TRUSTED: () => 'Aktarıcının parmak izini onaylamadınız, ona hiçbir şey gönderilmedi.',
    UNKNOWN_GROUP: (given) => `“${given}” adlı bir grupta değilsiniz. Hepsini sirdas group list gösterir.`,
    AMBIGUOUS_GROUP: (given) =>
      `“${given}” adlı birkaç grup var. sirdas group list komutunun gösterdiği kimliği kullanın.`,
    ROLE_TOO_LOW: () =>
      'Bu gruptaki rolünüz buna yetmiyor. Bir sahibe sorun; kimler olduğunu sirdas group members GRUP gösterir.',
    NOT_CONFIRMED: () => 'Evet demediniz; hiçbir şey yapılmadı.',
  },
  internal: 'sırdaş hata verdi: bu, programın kusuru. Lütfen aşağıdaki metinle birlikte bildirin.',
  relayErrors: {
    BAD_CONFIG: 'Aktarıcı başlatılmadı: bir seçenek yanlış.',
    DATA_UNWRITABLE:
      'Aktarıcı başlatılmadı: veri klasörüne yazılamıyor. İzinleri denetleyin ya da --data ile başka bir klasör seçin.',
    DATA_IN_USE:
      'Aktarıcı başlatılmadı: bu veri klasörünü başka bir aktarıcı kullanıyor. Onu durdurun ya da --data ile başka bir klasör seçin.',
    DATA_CORRUPT:
      'Aktarıcı başlatılmadı: verileri hasarlı, olduğu gibi bırakıldı. Klasörü bir yedekten geri yükleyin.',
    DATA_TOO_NEW: 'Aktarıcı başlatılmadı: verilerini daha yeni bir sürüm yazmış. sırdaş’ı güncelleyin.',
    KEY_UNREADABLE:
      'Aktarıcı başlatılmadı: anahtarı okunamıyor. Bir yedekten geri yükleyin; yeni anahtarla herkesin yeniden katılması gerekir.',
    PORT_IN_USE:
      'Aktarıcı başlatılmadı: kapılarından birini başka bir program dinliyor. O programı durdurun ya da --tcp-port, --web-port ve --web-tls-port ile başka kapılar seçin.',
    PORT_FORBIDDEN:
      'Aktarıcı başlatılmadı: kapılarından birini dinlemesine izin yok. 1024’ün altındaki kapılar özel izin ister; başkalarını seçin.',
    ADDRESS_UNAVAILABLE: 'Aktarıcı başlatılmadı: dinlemesi istenen adres bu bilgisayarda yok.',
    DISK_FULL: 'Aktarıcı başlatılmadı: diski dolu. Biraz yer açın.',
    STORE_FAILED:
      'Aktarıcı durdu: disk kendisine verileni saklayamadı. Diski denetleyin; kabul ettikleri güvende.',
  },
  prompts: {
    passphrase: 'Kasanın parolası: ',
    newPassphrase: 'Kasa için bir parola seçin: ',
    repeatPassphrase: 'Aynısı bir daha: ',
    exportPassphrase: 'Dışa aktarılan dosya için bir parola seçin: ',
    importPassphrase: 'Dışa aktarılmış dosyanın parolası: ',
    invite: 'Davet bağlantısı: ',
    nickname: 'Takma ad: ',
    relayHost: 'Aktarıcının adresi [localhost]: ',
    relayPort: 'Kapı [6000]: ',
    fingerprint: (host, fingerprint) =>
      `${host} adresindeki aktarıcının parmak izi\n  ${fingerprint}\nBunu, işleten kişinin size söylediğiyle karşılaştırın.`,
    trustFingerprint: 'Aynı mı? [e/H] ',
    sameNumber: 'Karşı taraftakiyle aynı mı? [e/H] ',
    yes: 'e',
  },
  join: {
    welcome: (name, relay) => `Hoş geldiniz, ${name}. ${relay} üzerindeki hesabınız hazır.`,
    unprotected: 'Kasanın parolası yok: bu diski okuyabilen onu da okur.',
    next: (command) => `Konuşmaya başlamak için:  ${command} chat`,
  },
  send: {
    accepted: (name) => `${name} için kabul edildi.`,
  },
  group: {
    none: 'Hiçbir grupta değilsiniz.',
    made: (name) => `${name} kuruldu. Kimliği:`,
    done: 'Tamam.',
    states: {
      active: 'etkin',
      left: 'ayrıldınız',
      removed: 'çıkarıldınız',
      broken: 'bozuk: onarım ya da yeniden başlatma bekliyor',
    },
    check: (name) => `${name} için denetim:`,
  },
  names: {
    nobody: 'Sizden başka çevrimiçi kimse yok.',
    you: '(siz)',
  },
  invite: {
    made: (uses, expires) =>
      uses === 1
        ? `Bu davetle ${expires} tarihine dek bir kişi katılabilir.`
        : `Bu davetle ${expires} tarihine dek ${uses} kişi katılabilir.`,
    none: 'Hiç davet yok.',
    usesLeft: (uses) => `${uses} kişi daha`,
    until: (expires) => `${expires} tarihine dek`,
    grantsInvites: 'davet edebilir',
    revoked: 'Geri çekildi: artık bununla kimse katılamaz.',
  },
  whoami: {
    nickname: 'Takma ad',
    displayName: 'Görünen ad',
    colour: 'Renk',
    colourDerived: 'takma addan üretilen',
    device: 'Cihaz',
    relay: 'Aktarıcı',
    fingerprint: 'Aktarıcının parmak izi',
    identityKey: 'Kimlik anahtarı',
    mayInvite: 'Davet edebilir',
    yes: 'evet',
    no: 'hayır',
  },
  verify: {
    title: (name) => `Siz ve ${name} için güvenlik numarası:`,
    advice:
      'Telefonda ya da yüz yüze karşılaştırın. On iki grup iki tarafta da aynıysa arada kimse yoktur; o zaman onaylayın:',
    confirmed: (name) => `${name} doğrulandı olarak işaretlendi.`,
    verifiedOn: (date) => `${date} tarihinde doğrulandı.`,
    notVerified: 'Henüz doğrulanmadı.',
    changed:
      'Kimlik anahtarı değişti. Aşağıdaki numara yeni anahtarındır; siz kabul edene dek gönderme durdu.',
    accepted: (name) => `${name} kişisinin yeni anahtarı kabul edildi.`,
  },
  relay: {
    running: (version) => `sırdaş aktarıcısı ${version} çalışıyor. Durdurmak için Ctrl-C.`,
    native: 'istemciler',
    web: 'tarayıcılar',
    fingerprint: 'parmak izi',
    plaintext: 'TLS’siz',
    data: 'veriler',
    ownerInvite: 'Sizin davetiniz; ilk hesap içindir, o da başkalarını davet edebilir:',
    joinWith: 'Başka bir uçbirimde bununla katılın ve konuşmaya başlayın:',
    members: 'Başkaları için davet:',
    open: 'Burada herkes kaydolabilir (--open).',
    stopping: 'Durduruluyor: başlanan işler bitiriliyor.',
    stopped: 'Durdu.',
  },
  listen: {
    waiting: 'Dinleniyor. Durdurmak için Ctrl-C.',
  },
};
